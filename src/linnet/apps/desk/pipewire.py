"""A filter chain of PipeWire: a microphone whose sound went through the LADSPA plug-in."""

from __future__ import annotations

import json
from pathlib import Path

CONFIGURATION_NAME = "linnet.conf"
GRAPH_RATE_HZ = 48000
"""PipeWire brings the sound to this rate where the microphone has another; the plug-in takes it as it is."""


def filter_chain(library: Path) -> str:
    """Return the configuration; `library` is named in full, since where PipeWire looks depends on its version."""
    return f"""# Written by `linnet plugin install --pipewire`. A microphone without noise, for every program.
# After a change: systemctl --user restart pipewire
context.modules = [
    {{ name = libpipewire-module-filter-chain
        flags = [ nofail ]
        args = {{
            node.description = "Linnet"
            media.name = "Linnet"
            filter.graph = {{
                nodes = [
                    {{ type = ladspa
                        name = linnet
                        plugin = {json.dumps(str(library))}
                        label = linnet_mono
                        control = {{ "Strength (%)" = 100.0 "Floor (dB)" = -60.0 "Bypass" = 0.0 }}
                    }}
                ]
            }}
            audio.rate = {GRAPH_RATE_HZ}
            audio.channels = 1
            audio.position = [ MONO ]
            capture.props = {{
                node.name = "linnet.input"
                node.passive = true
            }}
            playback.props = {{
                node.name = "linnet"
                media.class = Audio/Source
            }}
        }}
    }}
]
"""
