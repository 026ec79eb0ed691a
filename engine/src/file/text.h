/* text.h - what texts of a model file must be: UTF-8, and of the card, JSON of a known shape. They are judged here and
 * never used by the engine, so that all readers of model files take and refuse the same ones. Mirror of ir/card.py. */
#ifndef LN_TEXT_H
#define LN_TEXT_H

#include <stdbool.h>

#include "file/container.h"

#define LN_CARD_DEPTH 64u            /* objects and lists within each other, at most */
#define LN_CARD_NUMBER_BYTES 32u     /* of a number's text, at most */
#define LN_CARD_MOST_DIGITS 308u     /* before a number's point, once its exponent has moved it: a finite float64 */

/* RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF. */
bool ln_is_utf8(ln_span text);

/* Whether `text`, which is UTF-8, is a JSON object (RFC 8259) with the strings training_data and recipe and the object
 * card; where a name comes twice, the last one counts. No escape is half of a surrogate pair. */
bool ln_is_card(ln_span text);

#endif
