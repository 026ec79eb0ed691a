/* model.h - one stream through a model: its program, and the front end between sound and features. */
#ifndef LN_MODEL_H
#define LN_MODEL_H

#include "program/program.h"

struct linnet_session {
    const linnet_model *model;
    ln_stft stft; /* empty where the model is no denoiser */
    float loudest; /* magnitude of a sample since the last reset */
    size_t place;  /* among the sessions of a batch, while its list is checked */
};

#endif
