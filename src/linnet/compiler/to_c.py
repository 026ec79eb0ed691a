"""A program as one C file: constants for flash, and the calls into the scalar engine that make a frame of them.

The fourth executor of a program, beside the interpreter, the scalar engine and the vector one, with their bits. It
needs NumPy only. Nodes become C in c_nodes.py, matrices are laid out by flash.py and memory by slots.py; what the
calls do is written in engine/src: elements/elements_words.c, flash/flash.c, front/stft.c.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import indent

from linnet.compiler.c_nodes import CNodes
from linnet.compiler.c_text import float_text
from linnet.compiler.flash import Choice, FlashMatrix, choose
from linnet.compiler.front_end_tables import front_end_floats, front_end_tables
from linnet.compiler.rates import RatedSpec, rated
from linnet.compiler.slots import STEP, Slots, plan_slots
from linnet.compiler.templates import (
    DELAY,
    DENOISE_DECLARATION,
    DENOISE_DEFINITION,
    HEADER,
    INIT,
    LISTEN_DECLARATION,
    LISTEN_DEFINITION,
    NEEDS_ENGINE,
    OPENED,
    SIZES,
    SOURCE,
)
from linnet.ir.nodes import Linear, Recurrence, Scale
from linnet.ir.program import Program
from linnet.output.quoting import c_comment

KEYWORDS = re.compile(
    "alignas|alignof|and|asm|auto|bool|break|case|catch|char|class|concept|const|consteval|constexpr|constinit|continue|"
    "decltype|default|delete|do|double|else|enum|explicit|export|extern|false|float|for|friend|mutable|noexcept|not|"
    "nullptr|or|reinterpret_cast|requires|static_assert|thread_local|true|typeid|typename|wchar_t|xor|"
    "goto|if|inline|int|long|main|namespace|new|operator|private|protected|public|register|restrict|return|short|"
    "signed|sizeof|static|struct|switch|template|this|throw|try|typedef|union|unsigned|using|virtual|void|volatile|while"
)
TAKEN = re.compile(  # by the headers that the C includes, by compilers of Linux, or by the engine
    r"u?int(_least|_fast)?(8|16|32|64)_t|u?int(ptr|max)_t|(size|wchar|ptrdiff|max_align)_t|NULL|linux|unix|i386|arm|"
    r"mem(cpy|move|set|cmp|chr|mem|ccpy|pcpy|frob|rchr)|st[rp][a-z_]+|b(cmp|copy|zero)|r?index|ffs|explicit_bzero|"
    r"a?(cos|sin|tan)h?[fl]?|atan2[fl]?|exp(2|m1)?[fl]?|log(2|10|1p|b)?[fl]?|(sq|cb)rt[fl]?|pow[fl]?|hypot[fl]?|erfc?[fl]?|"
    r"[lt]?gamma[fl]?|(ceil|floor|trunc|round|rint|nearbyint)[fl]?|ll?r(ound|int)[fl]?|f(abs|dim|max|min|mod|ma)[fl]?|"
    r"(frexp|ldexp|modf|scalb|ilogb|signgam|drem|significand|nan|logb|remainder|nextafter|copysign)[fl]?|[jy][01n][fl]?|"
    r"(ln|LN|linnet|LINNET)_.*"
)
HEADERS = re.compile(  # of C itself, which the file beside would stand before
    "assert|complex|ctype|errno|fenv|inttypes|iso646|limits|locale|math|setjmp|signal|std(align|arg|atomic|bit|bool|ckdint|"
    "def|int|io|lib|noreturn)|string|tgmath|threads|time|uchar|wchar|wctype"
)
C_TYPES = {0: "float", 16: "int16_t", 32: "int32_t"}


@dataclass(frozen=True)
class CFiles:
    """The texts of NAME.h and NAME.c, and what is known of them before a compiler has seen them.

    `constant_bytes` lie in flash, `state_bytes` is one stream in RAM; `matrices` are laid out in the order of nodes.
    """

    header: str
    source: str
    constant_bytes: int
    state_bytes: int
    matrices: tuple[FlashMatrix, ...]


@dataclass(frozen=True)
class Field:
    """A member of the struct of a stream."""

    c_type: str
    name: str
    count: int
    meaning: str

    @property
    def text(self) -> str:
        """Its declaration."""
        size = f"[{self.count}]" if self.count > 1 else ""
        return f"    {self.c_type} {self.name}{size}; /* {self.meaning} */"

    @property
    def bytes(self) -> int:
        """Its size."""
        return self.count * (2 if self.c_type == "int16_t" else 4)


def program_to_c(
    program: Program, name: str, *, choice: Choice = choose, sample_rate_hz: int | None = None
) -> CFiles:
    """The C of a validated program, for sound of a rate; all that it defines for others begins with `name`.

    Raises:
        ValueError: `name` is no name in C, the model has no whole window at the rate, or it takes no sound.
    """
    front_end = _rated(program, sample_rate_hz)
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name, flags=re.ASCII) is None or _is_taken(name):
        raise ValueError(
            f"{name!r} is no name in C, so nothing can be called by it; give a letter, then letters, digits and "
            "underscores, and no word of C or C++, of their libraries or of the engine."
        )
    slots = plan_slots(program.wires, program.nodes)
    c = CNodes(program, name, slots, choice)
    calls = [c.calls(index) for index in range(len(program.nodes))]
    first = program.nodes[0].writes
    nodes = [*(f"    {call}\n" for call in c.saturated(first)), *calls[1:-1]]
    fields = _fields(program, slots, front_end)
    state_bytes = sum(entry.bytes for entry in fields)
    places = {
        "name": name,
        "NAME": name.upper(),
        "needs": NEEDS_ENGINE,
        "model": c_comment(program.metadata.name),
        "licence": c_comment(program.metadata.licence),
        "inputs": program.input_width,
        "input_exponent": program.wires[first].exponent,
        "outputs": program.output_width,
        "state_bytes": state_bytes,
        "fields": "\n".join(entry.text for entry in fields),
        "nodes": "".join(nodes),
        "first": slots.of(first),
        "one": program.wires[program.nodes[-1].reads[0]].exponent,
        "last": slots.of(program.nodes[-1].reads[0]),
        "features": slots.of(0),
        "gains": slots.of(program.nodes[-1].writes),
        "run": _run(program, slots.of(0), calls[0], name),
        "dequantize": calls[-1],
    }
    sizes = declaration = ""
    definition = INIT.substitute(places)
    if is_listener(program):
        _write_front_end(c, front_end)
        sizes, declaration, definition = _sound_texts(program, places | _sound_places(program, front_end))
    header = HEADER.substitute(places, sizes=sizes, sound=declaration)
    source = SOURCE.substitute(places, constants="\n".join(c.constants), definition=definition)
    return CFiles(header, source, c.constant_bytes, state_bytes, tuple(c.matrices))


def _run(program: Program, features: str, quantize: str, name: str) -> str:
    """session.c: analyze, run_nodes. What a hop of samples runs; of a denoiser not through digital silence."""
    analyze = f"ln_stft_analyze(&stft, &{name}_front_end, samples_in, {features})"
    nodes = f"{quantize}    {name}_run_nodes(s);\n"
    if not is_denoiser(program):
        return f"    {analyze};\n{nodes}"
    return f"    if ({analyze}) {{\n{indent(nodes, '    ')}    }}\n"


def _rated(program: Program, sample_rate_hz: int | None) -> RatedSpec:
    if sample_rate_hz is not None and not is_listener(program):
        raise ValueError(
            f"{sample_rate_hz} Hz came for a model that takes no sound, so there is nothing to be at that rate; leave "
            "out the sample rate."
        )
    return rated(program.metadata.front_end, sample_rate_hz)


def _sound_texts(program: Program, places: Mapping[str, object]) -> list[str]:
    """Sizes, declarations and definitions of a model that takes sound."""
    sizes, declarations, definitions = [SIZES], [LISTEN_DECLARATION], [OPENED, LISTEN_DEFINITION]
    if is_denoiser(program):
        sizes.append(DELAY)
        declarations.insert(0, DENOISE_DECLARATION)
        definitions.insert(1, DENOISE_DEFINITION)
    kinds = (sizes, declarations, definitions)
    return ["".join(template.substitute(places) for template in kind) for kind in kinds]


def _is_taken(name: str) -> bool:
    """Whether C, C++, their headers or the engine mean something else by it."""
    return any(words.fullmatch(name) for words in (KEYWORDS, TAKEN, HEADERS))


def is_listener(program: Program) -> bool:
    """model.c: take_front_end. Whether the program is shown the features of its front end."""
    spec = program.metadata.front_end
    return spec.hears and program.input_width == spec.feature_count and 2 * spec.hop <= spec.window


def is_denoiser(program: Program) -> bool:
    """model.c: take_front_end. Whether the program turns the features of its front end into its gains."""
    return is_listener(program) and program.output_width == program.metadata.front_end.gain_count


def _fields(program: Program, slots: Slots, front_end: RatedSpec) -> list[Field]:
    """The struct of a stream: what it remembers, then what it works in. No padding lies between."""
    fields = _sound_fields(program, front_end) if is_listener(program) else []
    for index, node in enumerate(program.nodes):
        if isinstance(node, Recurrence):
            width = program.wires[node.target].width
            fields.append(Field("int32_t", f"state_{index}", width, f"states of node {index}"))
    sums = [program.wires[n.writes].width for n in program.nodes if isinstance(n, (Linear, Scale))]
    widest = max(sums, default=1)
    fields.append(Field("int32_t", "sums", -(-widest // STEP) * STEP, "of one matrix"))
    for slot, (bits, width) in enumerate(zip(slots.bits, slots.widths, strict=True)):
        wires = [wire for wire, place in slots.place.items() if place == slot]
        meaning = f"wire{'s' if len(wires) > 1 else ''} {' '.join(map(str, wires))}"
        fields.append(Field(C_TYPES[bits], slots.name(slot), width, meaning))
    return fields


def _sound_fields(program: Program, spec: RatedSpec) -> list[Field]:
    """What a stream of sound remembers."""
    fields = [
        Field("float", "level", 1, "how loud it has been"),
        Field("float", "loudest", 1, "largest magnitude of a sample so far; above 4, samples were cut"),
    ]
    if is_denoiser(program):
        meaning = "0..1: nothing is turned down further; 0 at first, set it as you like"
        fields = [Field("float", "min_gain", 1, meaning), *fields, *_upper_fields(spec)]
    meaning = "newest samples, overlap, spectrum and work space"
    return [*fields, *_offset_fields(spec), Field("float", "front_end", front_end_floats(spec), meaning)]


def _sound_places(program: Program, spec: RatedSpec) -> dict[str, str | int]:
    """What the templates of sound need besides."""
    opened = "    stft.offset = (ln_offset){s->offset, s->offset_hops};\n" if spec.offset_alpha else ""
    kept = (
        "    s->offset = stft.offset.value;\n    s->offset_hops = stft.offset.hops;\n"
        if spec.offset_alpha
        else ""
    )
    sizes: dict[str, str | int] = {
        "rate": spec.sample_rate_hz,
        "hop": spec.hop,
        "delay": spec.synthesis_length - spec.hop,
    }
    if is_denoiser(program):
        silent = "s->upper_is_silent != 0" if _upper_fields(spec) else "false"
        opened = f"    stft.min_gain = s->min_gain;\n    stft.upper_is_silent = {silent};\n{opened}"
    return sizes | {"open_more": opened, "keep_offset": kept}


def _upper_fields(spec: RatedSpec) -> list[Field]:
    """The switch for what lies above the model's bins; nothing where nothing does."""
    if spec.bins <= spec.own.bins:
        return []
    meaning = "1: no sound above the model's bins; 0 at first, set it as you like"
    return [Field("uint32_t", "upper_is_silent", 1, meaning)]


def _offset_fields(spec: RatedSpec) -> list[Field]:
    """What a stream remembers of its samples' mean; nothing where that stays."""
    if not spec.offset_alpha:
        return []
    return [
        Field("float", "offset", 1, "the mean of its samples"),
        Field("uint32_t", "offset_hops", 1, "of so many hops"),
    ]


def _write_front_end(c: CNodes, front_end: RatedSpec) -> None:
    """The constants of the front end and the struct that names them."""
    spec, tables = front_end.own, front_end_tables(front_end)
    steady = ("steady_cosine", "steady_sine") if spec.phase_bins else ()
    bands = ("band_starts", "band_part", "band_from", "band_share") if spec.band_ratio else ()
    for name in ("cosine", "sine", "analysis", "synthesis", *steady, *bands):
        c.array(name, getattr(tables, name))
    own = c.own
    members = {
        "sample_rate_hz": front_end.sample_rate_hz,
        "window": front_end.window,
        "hop": front_end.hop,
        "synthesis_length": front_end.synthesis_length,
        "bins": front_end.bins,
        "model_bins": spec.bins,
        "compression_roots": spec.compression_roots,
        "level_alpha": float_text(front_end.level_alpha),
        "level_initial": float_text(spec.level_initial),
        "level_floor": float_text(spec.level_floor),
    }  # in the order of the struct, as C++ wants it
    members |= {
        name: float_text(getattr(spec, name)) for name in ("level_least", "level_most") if getattr(spec, name)
    }
    if spec.offset_alpha:
        members["offset_alpha"] = float_text(front_end.offset_alpha)
    members["front"] = "&ln_front_scalar"
    members["fft"] = f"{{{front_end.window}, {own('cosine')}, {own('sine')}, NULL}}"
    if spec.phase_bins:
        members["phase"] = f"{{{spec.phase_bins}, {', '.join(map(own, steady))}}}"
    if spec.band_ratio:
        members["bands"] = f"{{{len(spec.band_starts())}, {', '.join(map(own, bands))}}}"
    members |= {"analysis": own("analysis"), "synthesis": own("synthesis")}
    text = "".join(f"    .{name} = {value},\n" for name, value in members.items())
    c.constants.append(f"static const ln_front_end {own('front_end')} = {{\n{text}}};\n")
