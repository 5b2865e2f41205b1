/* See rate.h. Addresses are kept as hashes with a secret of this process. Each falls into a small
 * set of buckets, of which the one that was idle longest makes room: a flood of addresses forgets
 * others, and costs no memory. */
#include "http/rate.h"

#include <pthread.h>
#include <sys/random.h>

enum { SETS = 4096, WAYS = 4, BURST_SECONDS = 2 };
#define SECOND UINT64_C(1000000000)

typedef struct bucket {
    uint64_t address, last;
    uint64_t owed; /* nanoseconds until the bucket is full again */
} bucket;

struct dx_rate {
    pthread_mutex_t lock;
    uint64_t secret[2];
    uint64_t cost; /* nanoseconds a request */
    bucket buckets[SETS][WAYS];
};

dx_rate *dx_rate_new(dx_arena *arena, uint32_t per_second) {
    dx_rate *rate = DX_NEW(arena, dx_rate);
    rate->cost = SECOND / per_second;
    pthread_mutex_init(&rate->lock, NULL);
    if (getrandom(rate->secret, sizeof rate->secret, GRND_NONBLOCK) < 0)
        rate->secret[0] = (uintptr_t)rate; /* early at boot: where memory lies is some secret too */
    return rate;
}

static uint64_t hash_of(const dx_rate *rate, dx_str address) {
    uint64_t h = dx_str_hash(address) ^ rate->secret[0];
    h = (h ^ (h >> 32)) * UINT64_C(0xd6e8feb86659fd93) + rate->secret[1];
    h = (h ^ (h >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    h ^= h >> 32;
    return h ? h : 1;
}

static bucket *bucket_of(dx_rate *rate, uint64_t address) {
    bucket *set = rate->buckets[address % SETS], *oldest = set;
    for (uint32_t i = 0; i < WAYS; i++) {
        if (set[i].address == address)
            return &set[i];
        if (set[i].last < oldest->last)
            oldest = &set[i];
    }
    *oldest = (bucket){.address = address};
    return oldest;
}

bool dx_rate_admit(dx_rate *rate, dx_str address, uint64_t nanoseconds) {
    uint64_t h = hash_of(rate, address);
    pthread_mutex_lock(&rate->lock);
    bucket *b = bucket_of(rate, h);
    uint64_t passed = nanoseconds > b->last ? nanoseconds - b->last : 0;
    b->owed = b->owed > passed ? b->owed - passed : 0;
    b->last = nanoseconds;
    bool admitted = b->owed + rate->cost <= BURST_SECONDS * SECOND;
    if (admitted)
        b->owed += rate->cost;
    pthread_mutex_unlock(&rate->lock);
    return admitted;
}

void dx_rate_done(dx_rate *rate) {
    pthread_mutex_destroy(&rate->lock);
}
