/* model.h - one stream through a model: its program, and the front end between sound and features. */
#ifndef LN_MODEL_H
#define LN_MODEL_H

#include "program/program.h"

struct linnet_session {
    const linnet_model *model;
    const ln_front_end *front_end; /* the model's, or `scaled` */
    ln_front_end scaled;           /* at another rate; its tables lie behind the buffers of stft */
    ln_stft stft; /* empty where the model is no listener */
    float loudest; /* magnitude of a sample since the last reset */
    size_t place;  /* among the sessions of a batch, while its list is checked */
};

#endif
