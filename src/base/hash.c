/* SHA-256 through nettle, which uses the processor's own instructions for it where there are any:
 * the digest of a pack is computed at every start. */
#include "base/hash.h"

#include <nettle/sha2.h>

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(dx_hash), "the state must fit");
_Static_assert(_Alignof(struct sha256_ctx) <= _Alignof(dx_hash), "and be aligned");

static struct sha256_ctx *state(dx_hash *hash) {
    return (struct sha256_ctx *)(void *)hash->state;
}

void dx_hash_init(dx_hash *hash) {
    sha256_init(state(hash));
}

void dx_hash_add(dx_hash *hash, dx_str bytes) {
    sha256_update(state(hash), bytes.n, (const uint8_t *)bytes.p);
}

void dx_hash_hex(dx_hash *hash, char out[DX_HASH_HEX + 1]) {
    static const char digits[] = "0123456789abcdef";
    uint8_t sum[SHA256_DIGEST_SIZE];
    sha256_digest(state(hash), sizeof sum, sum);
    for (size_t i = 0; i < sizeof sum; i++) {
        out[2 * i] = digits[sum[i] >> 4];
        out[2 * i + 1] = digits[sum[i] & 15];
    }
    out[DX_HASH_HEX] = '\0';
}

dx_str dx_hash_of(dx_arena *arena, dx_str bytes) {
    dx_hash hash;
    char *out = dx_alloc(arena, DX_HASH_HEX + 1);
    dx_hash_init(&hash);
    dx_hash_add(&hash, bytes);
    dx_hash_hex(&hash, out);
    return (dx_str){out, DX_HASH_HEX};
}
