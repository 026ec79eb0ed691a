"""A mapped network as YAML for SANA-FE 2 (arXiv:2308.15310 describes it): the chip, the network, and its activity.

SANA-FE knows no microcode and no graded messages, and its inputs take no current. So every neuron is written as two:
one that receives the synapses and costs an update, and an input that replays the steps in which the neuron sent on a
clip, pipelined. Energies and times are those of the chip's file at their default. Text only: SANA-FE is never imported.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from linnet.hardware.mapping import Core, Mapping
from linnet.hardware.synapses import Activity

MOST_FRAMES = 1000


def architecture_yaml(mapping: Mapping) -> str:
    """The chips as SANA-FE's architecture: one tile per router, and as many neurons a core as the mapping needs."""
    chip = mapping.chip
    columns, rows = chip.count("mesh_columns") * mapping.chips, chip.count("mesh_rows")
    neurons = mapping.network.program.input_width + max(_sent_by(mapping, core) for core in mapping.cores)
    value = {
        name: chip[name].default for name in ("t_syn", "t_neu", "t_bar", "e_syn", "e_neu", "e_msg", "e_hop")
    }
    hops = "".join(
        f"        energy_{way}_hop: {value['e_hop']:.6g}\n        latency_{way}_hop: 0.0\n"
        for way in ("north", "east", "south", "west")
    )
    updated = _soma("leaky_integrate_fire", value["e_neu"], value["t_neu"], 0.0)
    replayed = _soma("input", 0.0, 0.0, value["e_msg"])
    unit = "            - name: {name}\n              attributes:\n{body}"
    synapse = (
        f"                model: current_based\n                energy_process_spike: {value['e_syn']:.6g}\n"
        f"                latency_process_spike: {value['t_syn']:.6g}\n"
    )
    parts = {
        "axon_in": ("linnet_in", _zeros("energy_message_in", "latency_message_in")),
        "synapse": ("linnet_synapse", synapse),
        "dendrite": (
            "linnet_dendrite",
            "                model: accumulator\n" + _zeros("energy_update", "latency_update"),
        ),
        "axon_out": ("linnet_out", _zeros("energy_message_out", "latency_message_out")),
    }
    units = "".join(
        f"          {kind}:\n{unit.format(name=name, body=body)}" for kind, (name, body) in parts.items()
    )
    units += f"          soma:\n{unit.format(name='linnet_neuron', body=updated)}"
    units += unit.format(name=f"linnet_replay[0..{neurons - 1}]", body=replayed)
    return (
        f"architecture:\n  name: {chip.name}\n  attributes:\n    topology: mesh\n    width: {columns}\n"
        f"    height: {rows}\n    link_buffer_size: 16\n    sync_model: fixed\n    latency_sync: {value['t_bar']:.6g}\n"
        f"  tile:\n    - name: router[0..{columns * rows - 1}]\n      attributes:\n{hops}      core:\n"
        f"        - name: core[0..{chip.count('cores_per_router') - 1}]\n          attributes:\n"
        f"            buffer_position: soma\n            buffer_inside_unit: false\n"
        f"            max_neurons_supported: {2 * neurons}\n{units}"
    )


def _soma(model: str, update_j: float, update_s: float, sent_j: float) -> str:
    return (
        f"                model: {model}\n                energy_access_neuron: 0.0\n"
        f"                latency_access_neuron: 0.0\n                energy_update_neuron: {update_j:.6g}\n"
        f"                latency_update_neuron: {update_s:.6g}\n                energy_spike_out: {sent_j:.6g}\n"
        f"                latency_spike_out: 0.0\n"
    )


def _sent_by(mapping: Mapping, core: Core) -> int:
    """Neurons of a core as SANA-FE counts them: one for every wire that a neuron sends."""
    return int(core.rows.size) * len(mapping.network.groups[core.group].sends)


def _zeros(*names: str) -> str:
    return "".join(f"                {name}: 0.0\n" for name in names)


def network_yaml(mapping: Mapping, activity: Activity) -> str:
    """The network with the weights of its synapses, what each neuron sent, and where it lies.

    Raises:
        ValueError: the activity is a mean or too long, so there are no steps to replay.
    """
    frames = next(iter(activity.values())).shape[0]
    if frames > MOST_FRAMES or any(np.any((each != 0) & (each != 1)) for each in activity.values()):
        raise ValueError(
            f"an activity of {frames} frames came, which is a mean or too long to replay step by step; give the "
            f"activity of a clip of at most {MOST_FRAMES} frames."
        )
    return "".join(_network_lines(mapping, activity))


def _network_lines(mapping: Mapping, activity: Activity) -> Iterator[str]:
    network = mapping.network
    wires = {network.input_wire: 0}
    wires |= {wire: group.level for group in network.groups for wire in group.sends}
    yield "network:\n  name: linnet\n  groups:\n"
    for wire, level in wires.items():
        yield f"    - name: w{wire}\n      attributes: []\n      neurons:\n"
        sent = np.concatenate([np.zeros((level, activity[wire].shape[1])), activity[wire]]).astype(int)
        for neuron, train in enumerate(sent.T):
            yield f"        - {neuron}: [spikes: [{', '.join(map(str, train.tolist()))}]]\n"
    for index, group in enumerate(network.groups):
        yield f"    - name: g{index}\n      attributes: [threshold: 1.0e+30]\n      neurons:\n"
        yield f"        - 0..{group.width - 1}: []\n" if group.width > 1 else "        - 0: []\n"
    yield "  edges:\n"
    for index in range(len(network.groups)):
        yield from _edges(mapping, index)
    yield "mappings:\n"
    yield from _mappings(mapping, wires)


def _edges(mapping: Mapping, group: int) -> Iterator[str]:
    """One line per synapse of a group."""
    for bundle in mapping.bundles[group]:
        for place, row, source in np.argwhere(bundle.weights):
            weight = bundle.weights[place, row, source]
            yield f"    - w{bundle.wire}.{source} -> g{group}.{row}: [weight: {weight}]\n"


def _mappings(mapping: Mapping, wires: dict[int, int]) -> Iterator[str]:
    """Tile, core within it, and soma of every neuron and of what replays it; tiles are counted column by column."""
    rows, network = mapping.chip.count("mesh_rows"), mapping.network
    slots: dict[tuple[int, int], int] = {}
    taken = {
        0: network.program.input_width
    }  # somas in use; the input lies on the first core of the port's router
    for neuron in range(network.program.input_width):
        yield f"  - w{network.input_wire}.{neuron}: [core: 0.0, soma: 'linnet_replay[{neuron}]']\n"
    for index, core in enumerate(mapping.cores):
        slot = slots.get(core.place, 0)
        slots[core.place] = slot + 1
        tile = core.place[0] * rows + core.place[1]
        for neuron in core.rows:
            yield f"  - g{core.group}.{neuron}: [core: {tile}.{slot}, soma: linnet_neuron]\n"
        for wire in (each for each in network.groups[core.group].sends if each in wires):
            for neuron in core.rows:
                soma = taken.get(index, 0)
                taken[index] = soma + 1
                yield f"  - w{wire}.{neuron}: [core: {tile}.{slot}, soma: 'linnet_replay[{soma}]']\n"
