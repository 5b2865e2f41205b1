/* Which of the compiled sets of loops this processor can run. */
#include "batch/kernels.h"

extern const dx_kernels dx_kernels_plain;

#ifdef __x86_64__
extern const dx_kernels dx_kernels_v3, dx_kernels_v4;

const dx_kernels *dx_kernels_best(void) {
    __builtin_cpu_init();
    bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
    if (v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return &dx_kernels_v4;
    return v3 ? &dx_kernels_v3 : &dx_kernels_plain;
}
#else
const dx_kernels *dx_kernels_best(void) {
    return &dx_kernels_plain;
}
#endif
