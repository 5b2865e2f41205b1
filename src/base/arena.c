/* Arenas, traps and the program's only calls of malloc. See arena.h for the rules of use. */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A new block is twice what the arena already holds: small arenas stay small, large ones make few
 * system calls, and one that is reset and used again for the same work soon has a single block
 * that takes all of it. */
#define BLOCK_MIN ((size_t)8 << 10)
#define BLOCK_MAX ((size_t)1 << 20)

struct dx_block {
    dx_block *older;
    size_t size; /* of the whole block, this head included */
};
_Static_assert(sizeof(dx_block) % 16 == 0, "what follows the head must be aligned to 16");

struct dx_disposer {
    dx_disposer *older;
    void (*dispose)(void *);
    void *arg;
};

_Thread_local uint64_t dx_fail_at;

/* The free part of an arena without blocks: no bytes, but not NULL, so that even an allocation of
 * 0 bytes returns a pointer. */
static char nothing[16] __attribute__((aligned(16)));

static bool fails_now(void) {
    return dx_fail_at != 0 && --dx_fail_at == 0;
}

void *dx_malloc(size_t bytes) {
    return fails_now() ? NULL : malloc(bytes);
}

void *dx_realloc(void *p, size_t bytes) {
    return fails_now() ? NULL : realloc(p, bytes);
}

void dx_free(void *p) {
    free(p);
}

static void set_free_part(dx_arena *arena, char *next) {
    arena->next = next;
    arena->end = arena->block ? (char *)arena->block + arena->block->size : next;
}

void dx_arena_init(dx_arena *arena, size_t limit) {
    *arena = (dx_arena){.limit = limit};
    set_free_part(arena, nothing);
}

static void run_disposers(dx_arena *arena, const dx_disposer *until) {
    while (arena->disposers != until) {
        dx_disposer *d = arena->disposers;
        arena->disposers = d->older; /* first, so that a disposer runs once whatever it does */
        d->dispose(d->arg);
    }
}

static void free_blocks(dx_arena *arena, const dx_block *until) {
    while (arena->block != until) {
        dx_block *block = arena->block;
        arena->block = block->older;
        arena->used -= block->size;
        dx_free(block);
    }
}

void dx_arena_done(dx_arena *arena) {
    run_disposers(arena, NULL);
    free_blocks(arena, NULL);
    set_free_part(arena, nothing);
}

void dx_arena_reset(dx_arena *arena) {
    run_disposers(arena, NULL);
    if (!arena->block)
        return;
    dx_block **largest = &arena->block;
    for (dx_block **b = largest; *b; b = &(*b)->older)
        if ((*b)->size > (*largest)->size)
            largest = b;
    dx_block *kept = *largest;
    *largest = kept->older;
    free_blocks(arena, NULL);
    kept->older = NULL;
    arena->block = kept;
    set_free_part(arena, (char *)(kept + 1));
}

dx_mark dx_arena_mark(const dx_arena *arena) {
    return (dx_mark){arena->block, arena->next, arena->disposers};
}

void dx_arena_rewind(dx_arena *arena, dx_mark mark) {
    run_disposers(arena, mark.disposers);
    free_blocks(arena, mark.block);
    set_free_part(arena, mark.next);
}

/* Has the system back a new block with memory at once: it is about to be filled, and one call costs
 * a fraction of what a fault for each page does. Where the kernel cannot, the faults do it. */
static void populate(dx_block *block, size_t size) {
    enum { PAGE = 4096, SMALL = 64 << 10 };
    if (size < SMALL || size > BLOCK_MAX)
        return;
    uintptr_t from = ((uintptr_t)block + PAGE - 1) / PAGE * PAGE;
    uintptr_t to = ((uintptr_t)block + size) / PAGE * PAGE;
    (void)madvise((void *)from, to - from, MADV_POPULATE_WRITE);
}

/* Makes a new current block with at least `bytes` (a multiple of 16) free. Tries the size that
 * growth asks for, then, near the limit, just what is needed. */
static dx_err add_block(dx_arena *arena, size_t bytes) {
    size_t left = arena->limit > arena->used ? arena->limit - arena->used : 0;
    if (left < sizeof(dx_block) || bytes > left - sizeof(dx_block))
        return DX_E_LIMIT_BYTES;
    size_t need = bytes + sizeof(dx_block);
    size_t size = arena->used > BLOCK_MAX / 2 ? BLOCK_MAX : arena->used * 2;
    size = size < BLOCK_MIN ? BLOCK_MIN : size;
    if (size < need || size > left)
        size = need;
    dx_block *block = dx_malloc(size);
    if (!block)
        return DX_E_MEMORY;
    populate(block, size);
    *block = (dx_block){arena->block, size};
    arena->block = block;
    arena->used += size;
    set_free_part(arena, (char *)(block + 1));
    return DX_OK;
}

void *dx_alloc_slow(dx_arena *arena, size_t bytes) {
    if (bytes > SIZE_MAX - 15u)
        dx_trap_raise(arena, DX_E_LIMIT_BYTES);
    size_t rounded = (bytes + 15u) & ~(size_t)15u;
    dx_err code = add_block(arena, rounded);
    if (code != DX_OK)
        dx_trap_raise(arena, code);
    void *p = arena->next;
    arena->next += rounded;
    return p;
}

void *dx_alloc_zero(dx_arena *arena, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        dx_trap_raise(arena, DX_E_LIMIT_BYTES);
    return memset(dx_alloc(arena, bytes), 0, bytes);
}

void dx_arena_on_done(dx_arena *arena, void (*dispose)(void *), void *arg) {
    if ((size_t)(arena->end - arena->next) < sizeof(dx_disposer)) {
        dx_err code = add_block(arena, (sizeof(dx_disposer) + 15u) & ~(size_t)15u);
        if (code != DX_OK) {
            dispose(arg); /* nobody else will: the jump leaves the caller behind */
            dx_trap_raise(arena, code);
        }
    }
    dx_disposer *d = dx_alloc(arena, sizeof *d);
    *d = (dx_disposer){arena->disposers, dispose, arg};
    arena->disposers = d;
}

void dx_trap_begin(dx_arena *arena, dx_trap *trap) {
    trap->code = DX_OK;
    trap->outer = arena->trap;
    arena->trap = trap;
}

void dx_trap_end(dx_arena *arena, dx_trap *trap) {
    arena->trap = trap->outer;
}

void dx_trap_raise(dx_arena *arena, dx_err code) {
    if (!arena->trap)
        abort();
    arena->trap->code = code;
    longjmp(arena->trap->env, 1);
}
