/* Memory by lifetime: everything the engine allocates lives in an arena and goes with it.
 *
 * An arena is a list of blocks with a bump pointer and a byte limit. Allocation never returns
 * NULL: when the limit is reached or the system has no memory, control jumps to the trap that
 * the nearest boundary function set (DX_TRAP below). Code below a boundary therefore owns arena
 * memory only; a foreign handle hangs on the arena with a disposer, so that the jump is safe.
 * Longer-lived arenas never point into shorter-lived ones. An arena belongs to one thread at a
 * time. */
#ifndef DX_BASE_ARENA_H
#define DX_BASE_ARENA_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A rare case kept out of the function that calls it, whose common one then needs no frame. */
#define DX_APART __attribute__((noinline))

/* Where a jump lands. `code` says why: DX_E_MEMORY, or the limit that was reached. */
typedef struct dx_trap {
    jmp_buf env;
    dx_err code;
    struct dx_trap *outer;
} dx_trap;

typedef struct dx_block dx_block;
typedef struct dx_disposer dx_disposer;

typedef struct dx_arena {
    char *next, *end;   /* free part of the current block */
    dx_block *block;    /* current block, newest first */
    size_t used, limit; /* bytes held in blocks; the most they may be */
    dx_trap *trap;
    dx_disposer *disposers;
} dx_arena;

/* A point to go back to: everything allocated after it is given up by dx_arena_rewind. */
typedef struct dx_mark {
    dx_block *block;
    char *next;
    dx_disposer *disposers;
} dx_mark;

/* Starts an empty arena of at most `limit` bytes. Allocates nothing. */
void dx_arena_init(dx_arena *arena, size_t limit);
/* Runs the disposers, newest first, and gives all memory back. The arena may be used again. */
void dx_arena_done(dx_arena *arena);
/* Forgets everything but keeps the largest block for the next use. */
void dx_arena_reset(dx_arena *arena);
dx_mark dx_arena_mark(const dx_arena *arena);
void dx_arena_rewind(dx_arena *arena, dx_mark mark);
/* Calls dispose(arg) when the arena is done, reset or rewound past this point. When there is no
 * memory to remember it, calls it at once and then jumps, so that a handle is never lost. */
void dx_arena_on_done(dx_arena *arena, void (*dispose)(void *), void *arg);

void *dx_alloc_slow(dx_arena *arena, size_t bytes);

/* `bytes` uninitialised bytes, aligned to 16. Never NULL (see the head of this file). */
static inline void *dx_alloc(dx_arena *arena, size_t bytes) {
    size_t rounded = (bytes + 15u) & ~(size_t)15u;
    if (rounded >= bytes && rounded <= (size_t)(arena->end - arena->next)) {
        void *p = arena->next;
        arena->next += rounded;
        return p;
    }
    return dx_alloc_slow(arena, bytes);
}
/* count * size zeroed bytes; traps on overflow. */
void *dx_alloc_zero(dx_arena *arena, size_t count, size_t size);
#define DX_NEW(arena, type) ((type *)dx_alloc_zero((arena), 1, sizeof(type)))
#define DX_NEW_ARRAY(arena, type, count) ((type *)dx_alloc_zero((arena), (count), sizeof(type)))

/* Sets a trap: 0 on the way in, non-zero when something below raised. Pair with dx_trap_end on
 * both ways out.   if (DX_TRAP(arena, &trap)) { dx_trap_end(arena, &trap); return trap.code; } */
#define DX_TRAP(arena, trapp) (dx_trap_begin((arena), (trapp)), setjmp((trapp)->env))
void dx_trap_begin(dx_arena *arena, dx_trap *trap);
void dx_trap_end(dx_arena *arena, dx_trap *trap);
/* Jumps to the arena's trap; aborts when there is none (a bug: no boundary was set). */
_Noreturn void dx_trap_raise(dx_arena *arena, dx_err code);

/* Tests only: the n-th system allocation from now on fails (0: none does). Counted per thread.
 * dx_malloc and friends are the only calls of malloc in the program; libraries that take an
 * allocator are given these. */
extern _Thread_local uint64_t dx_fail_at;
void *dx_malloc(size_t bytes);
void *dx_realloc(void *p, size_t bytes);
void dx_free(void *p);

#endif
