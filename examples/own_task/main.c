#include <math.h>
#include <stdio.h>

#include "gait.h"

/* A value as the network takes it: times 2^GAIT_INPUT_EXPONENT, rounded, within 16 bits. */
static int16_t code_of(float value)
{
    float code = floorf(ldexpf(value, GAIT_INPUT_EXPONENT) + 0.5f);
    return (int16_t)fminf(fmaxf(code, -32768.0f), 32767.0f);
}

int main(void)
{
    static gait stream;
    float now[3], last[3];
    int16_t in[GAIT_INPUTS], out[GAIT_OUTPUTS];
    gait_init(&stream);
    for (int frame = 0; scanf("%f %f %f", &now[0], &now[1], &now[2]) == 3; frame++) { /* 25 times a second */
        for (int axis = 0; axis < GAIT_INPUTS; axis++) { /* `shown` of gait.py */
            in[axis] = code_of(frame ? now[axis] - last[axis] : 0.0f);
            last[axis] = now[axis];
        }
        gait_run(&stream, in, out);
        printf("%d %d %d\n", out[0], out[1], out[2]); /* of 32768: standing, walking, running */
    }
    return 0;
}
