/* proof.h - whether the tables and constants of an opened model file make a program that is safe to run.
 * Mirror of ir/validation.py: both accept the same programs. */
#ifndef LN_PROOF_H
#define LN_PROOF_H

#include "file/artifact.h"

/* The graph and every number in it: order, widths, ranges, sums; a status. */
int ln_prove(const ln_artifact *artifact);

#endif
