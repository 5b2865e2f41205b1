/* SHA-256 through libsodium. sodium_init is not called: it seeds random numbers, which hashing does
 * not use, and would cost each start of the program a system call or two. */
#include "base/hash.h"

#include <sodium.h>

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(dx_hash), "the state must fit");
_Static_assert(_Alignof(crypto_hash_sha256_state) <= _Alignof(dx_hash), "and be aligned");

static crypto_hash_sha256_state *state(dx_hash *hash) {
    return (crypto_hash_sha256_state *)(void *)hash->state;
}

void dx_hash_init(dx_hash *hash) {
    crypto_hash_sha256_init(state(hash));
}

void dx_hash_add(dx_hash *hash, dx_str bytes) {
    crypto_hash_sha256_update(state(hash), (const unsigned char *)bytes.p, bytes.n);
}

void dx_hash_hex(dx_hash *hash, char out[DX_HASH_HEX + 1]) {
    unsigned char sum[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(state(hash), sum);
    sodium_bin2hex(out, DX_HASH_HEX + 1, sum, sizeof sum);
}

dx_str dx_hash_of(dx_arena *arena, dx_str bytes) {
    dx_hash hash;
    char *out = dx_alloc(arena, DX_HASH_HEX + 1);
    dx_hash_init(&hash);
    dx_hash_add(&hash, bytes);
    dx_hash_hex(&hash, out);
    return (dx_str){out, DX_HASH_HEX};
}
