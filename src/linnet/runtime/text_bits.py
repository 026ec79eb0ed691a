"""How many bits a text costs by the network of a text model alone, which is what training lowers."""

from __future__ import annotations

import numpy as np

from linnet.runtime.alphabet import BYTES, UNKNOWN
from linnet.runtime.escapes import Escapes
from linnet.runtime.text_coder import AT_ONCE
from linnet.runtime.text_network import TextNetwork


def bits_of(network: TextNetwork, text: bytes) -> float:
    """-log2 of the likelihood of a text from rest. A byte that the alphabet lacks is an escape, then a choice."""
    alphabet, reading = network.alphabet, network.reading()
    before, escapes, bits = reading.after(alphabet.first)[None], Escapes(BYTES - len(alphabet)), 0.0
    for first in range(0, len(text), AT_ONCE):
        places = alphabet.places(text[first : first + AT_ONCE])
        behind = reading.frequencies_after(places)
        frequencies = np.concatenate((before, behind[:-1]))
        before = behind[-1:]
        totals = frequencies.sum(axis=1).tolist()
        sizes = frequencies[np.arange(len(places)), places].tolist()
        for total, size, place in zip(totals, sizes, places.tolist(), strict=True):
            escape = escapes.size(total)
            share = escape / len(alphabet.missing) if place == UNKNOWN else size
            bits += float(np.log2((total + escape) / share))
            escapes.count(place == UNKNOWN)
    return bits
