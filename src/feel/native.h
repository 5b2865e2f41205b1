/* External functions (DMN 1.5 §10.2.1.7, kind Java): the few that conformance asks for, written
 * here and found by class and method signature. Everything else about Java is refused: no code
 * outside this program is ever run. */
#ifndef DX_FEEL_NATIVE_H
#define DX_FEEL_NATIVE_H

#include "feel/builtin.h"

/* The number of the function with this class and signature ("max(double,double)", white space does
 * not matter), or UINT32_MAX. */
uint32_t dx_native_find(dx_str class_name, dx_str signature);
uint32_t dx_native_params(uint32_t number);
/* Calls it; arguments that Java would not take give null with a note. */
dx_val dx_native_call(dx_call *call, uint32_t number, const dx_val *args);

#endif
