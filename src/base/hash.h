/* SHA-256, for naming the exact bytes of a pack, a model or a request. The library that computes
 * it is known to hash.c alone. */
#ifndef DX_BASE_HASH_H
#define DX_BASE_HASH_H

#include "base/str.h"

/* A hash being computed; needs no clean-up. */
typedef struct dx_hash {
    _Alignas(16) unsigned char state[128];
} dx_hash;

#define DX_HASH_HEX 64

void dx_hash_init(dx_hash *hash);
void dx_hash_add(dx_hash *hash, dx_str bytes);
/* Ends the computation: 64 lower-case hexadecimal digits and a NUL. */
void dx_hash_hex(dx_hash *hash, char out[DX_HASH_HEX + 1]);
/* The hash of one string as 64 hexadecimal digits in the arena. */
dx_str dx_hash_of(dx_arena *arena, dx_str bytes);

#endif
