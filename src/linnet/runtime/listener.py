"""A denoiser listened to at work: for every hop of sound what the network was shown, beside the clean sound.

For measurements and pictures; cleaning alone is the business of stream.py.
"""

from __future__ import annotations

from typing import NamedTuple, NoReturn

import numpy as np

from linnet.runtime.library import Block, library
from linnet.runtime.model import Model
from linnet.runtime.samples import Sound, clean_samples
from linnet.runtime.session import EngineSession, refuse_to_travel


class Heard(NamedTuple):
    """Some hops: `features` float32 [hops, inputs] as the network was shown them, `cleaned` float32 [hops * hop].

    The cleaned samples lag those listened to by the model's delay_samples.
    """

    features: Sound
    cleaned: Sound


class Listener:
    """One channel at the model's own rate, hop by hop. It remembers what it heard; `flush` ends that."""

    def __init__(self, model: Model) -> None:
        """Begin at rest.

        Raises:
            ModelError: the model is no denoiser.
        """
        model.require_denoiser()
        self._hop, self._lag = int(model.info.hop), int(model.info.delay_samples)
        self._session = EngineSession(model)
        self._in_block, self._in = Block.like((self._hop,), np.float32)
        self._out_block, self._out = Block.like((self._hop,), np.float32)
        self._features_block, self._features = Block.like((int(model.info.input_width),), np.float32)
        self._begin()

    def _begin(self) -> None:
        self._rest = np.zeros(0, np.float32)

    def __reduce__(self) -> NoReturn:
        """A listener cannot travel."""
        refuse_to_travel(self, "Listener(model)")

    def push(self, samples: Sound) -> Heard:
        """Listen to [n] more samples: the hops that they complete.

        Raises:
            ValueError: the samples are neither floats nor int16.
        """
        waiting = np.concatenate((self._rest, clean_samples(samples)))
        hops = len(waiting) // self._hop
        self._rest = waiting[hops * self._hop :]
        heard = Heard(
            np.empty((hops, len(self._features)), np.float32), np.empty(hops * self._hop, np.float32)
        )
        for index in range(hops):
            inside = slice(index * self._hop, (index + 1) * self._hop)
            self._in[:] = waiting[inside]
            heard.features[index], heard.cleaned[inside] = self._one_hop()
        return heard

    def flush(self) -> Heard:
        """Listen to silence until the last sample has come out clean; then begin anew."""
        heard = self.push(np.zeros(self._lag + -len(self._rest) % self._hop, np.float32))
        self._session.reset()
        self._begin()
        return heard

    def _one_hop(self) -> tuple[Sound, Sound]:
        engine, handle = library(), self._session.handle
        EngineSession.check(
            engine.linnet_session_denoise(handle, self._in_block.pointer, self._out_block.pointer, 1)
        )
        EngineSession.check(engine.linnet_session_last_frame(handle, self._features_block.pointer, None))
        return self._features, self._out
