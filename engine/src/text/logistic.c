/* logistic.c - both tables, from that of the integer sigmoid (number/fixed.h). */
#include "text/logistic.h"

#include "number/fixed.h"

void ln_logistic_init(ln_logistic *logistic) {
    for (int32_t odds = -LN_FARTHEST; odds <= LN_FARTHEST; odds++) /* 1/256 is 8 codes of exponent 11 */
        logistic->likelihood[odds + LN_FARTHEST] = (uint16_t)ln_possible(2 * ln_sigmoid15((int16_t)(8 * odds)));
    int32_t odds = -LN_FARTHEST;
    for (int32_t likelihood = 0; likelihood < LN_PARTS; likelihood++) { /* the largest that is no likelier */
        while (odds < LN_FARTHEST && ln_likelihood(logistic, odds + 1) <= likelihood) odds++;
        logistic->odds[likelihood] = (int16_t)odds;
    }
}
