/* An assessment as a PDF to print, sign and keep: what an enterprise can get, how much, and why,
 * with the digests that say which policy and which facts it holds for. */
#ifndef DX_DOC_PDF_H
#define DX_DOC_PDF_H

#include "doc/doc.h"

/* The document, in doc->arena. The same assessment gives the same bytes. False with a diagnostic
 * when the system lacks what it takes (memory, fonts). */
bool dx_pdf_assessment(const dx_doc *doc, dx_str *ret, dx_diags *diags);

#endif
