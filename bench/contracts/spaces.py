"""Checks of every space."""

from collections.abc import Callable, Iterator

import numpy as np

from bench.contracts import Suite, broken
from bench.contracts.settings import SETTINGS
from bench.errors import DataError, RecipeError
from bench.rng import stream
from bench.spaces import ENUMERABLE, Space
from bench.types import Arch, Genes

SUITE = Suite("spaces")
SUITE.include(SETTINGS)
ASKED = 50
NONSENSE = "no architecture?"


@SUITE.check
def every_decision_has_choices_of_different_names_and_some_are_allowed(kind: type[Space]) -> None:
    space = kind()
    if len(space.allowed) != len(space.choices) or not space.choices:
        raise broken(kind, f"has `allowed` for {len(space.allowed)} decisions and `choices` for {len(space.choices)}")
    for decision, (names, allowed) in enumerate(zip(space.choices, space.allowed, strict=True)):
        if len(set(names)) != len(names) or not all(isinstance(name, str) and name for name in names):
            raise broken(kind, f"names the choices of decision {decision} {names}; expected distinct strings")
        if not allowed or list(allowed) != sorted(set(allowed)) or not set(allowed) <= set(range(len(names))):
            raise broken(kind, f"allows {allowed} at decision {decision}; expected sorted indices below {len(names)}")
        if len(names) > 127:
            raise broken(kind, f"has {len(names)} choices at decision {decision}; allowed: at most 127")


@SUITE.check
def samples_are_architectures_of_the_space_and_equal_for_equal_streams(kind: type[Space]) -> None:
    space = kind()
    genes, again = (space.sample(stream(0, "contracts/spaces"), ASKED) for _ in range(2))
    if genes.dtype != np.int8 or genes.shape != (ASKED, space.decisions):
        raise broken(
            kind.sample, f"returned {genes.dtype} of shape {genes.shape}; expected int8 of {(ASKED, space.decisions)}"
        )
    if not space.contains(genes).all():
        raise broken(kind.sample, f"drew {genes[~space.contains(genes)][0].tolist()}, which the space does not contain")
    if not np.array_equal(genes, again):
        raise broken(kind.sample, "drew different architectures from equal streams; draw only from `rng`")
    if len(space.sample(stream(0, "contracts/spaces"), 0)) != 0:
        raise broken(kind.sample, "returned architectures for count 0")


@SUITE.check
def spelling_and_parsing_an_architecture_is_the_identity(kind: type[Space]) -> None:
    space = kind()
    texts: dict[str, Arch] = {}
    for arch in _archs(space):
        text = space.spell(arch)
        if not isinstance(text, str) or text != text.strip() or not text:
            raise broken(kind.spell, f"gives {arch} the string {text!r}; expected text without surrounding spaces")
        if texts.setdefault(text, arch) != arch:
            raise broken(kind.spell, f"gives both {texts[text]} and {arch} the string '{text}'")
        try:
            parsed = space.parse(text)
        except DataError as error:
            raise broken(kind.parse, f"refuses '{text}', the string of {arch}: {error}") from error
        if not isinstance(parsed, tuple) or parsed != arch or not all(isinstance(gene, int) for gene in parsed):
            raise broken(kind.parse, f"parses '{text}', the string of {arch}, as {parsed!r}")


@SUITE.check
def a_text_that_spells_nothing_is_refused(kind: type[Space]) -> None:
    for text in (NONSENSE, "", f"{kind().spell(next(_archs(kind())))} {NONSENSE}"):
        try:
            found = kind().parse(text)
        except DataError:
            continue
        except Exception as error:
            raise broken(
                kind.parse, f"fails at '{text}' with {type(error).__name__}: {error}; expected DataError"
            ) from error
        raise broken(kind.parse, f"parses '{text}' as {found!r}; expected a DataError naming the invalid part")


@SUITE.check
def validity_is_one_flag_per_architecture_and_the_same_in_any_company(kind: type[Space]) -> None:
    space = kind()
    rng = stream(0, "contracts/spaces")
    genes = np.stack([rng.choice(allowed, size=ASKED) for allowed in space.allowed], axis=1).astype(np.int8)
    flags = space.valid(genes)
    if not isinstance(flags, np.ndarray) or flags.dtype != bool or flags.shape != (ASKED,):
        raise broken(kind.valid, f"returned {_shape(flags)}; expected bool of shape ({ASKED},)")
    alone = np.concatenate([space.valid(genes[k : k + 1]) for k in range(ASKED)])
    if not np.array_equal(flags, alone) or space.valid(genes[:0]).shape != (0,):
        raise broken(kind.valid, "gives a different result for an architecture alone than among others")
    if not np.array_equal(space.contains(genes), flags):
        raise broken(kind.contains, "differs from `valid` on allowed choices")


@SUITE.check
def an_enumerated_space_holds_every_architecture_once_in_order(kind: type[Space]) -> None:
    space = kind()
    if not space.listable:
        if space.combinations <= ENUMERABLE:
            return
        try:
            space.enumerate()
        except RecipeError:
            return
        raise broken(kind.enumerate, "lists a space whose `listable` is False")
    genes = space.enumerate()
    keys = space.keys(genes)
    if len(genes) != space.size or not space.contains(genes).all():
        raise broken(kind.enumerate, f"lists {len(genes)} architectures; `size` is {space.size}")
    if len(np.unique(keys)) != len(keys) or not np.array_equal(keys, np.sort(keys)):
        raise broken(kind.enumerate, "lists architectures twice or out of order; the last decision varies fastest")


@SUITE.check
def neighbours_differ_in_one_decision_and_see_each_other(kind: type[Space]) -> None:
    space = kind()
    for arch in list(_archs(space))[:10]:
        near = space.neighbours(arch)
        if len(set(near)) != len(near):
            raise broken(kind.neighbours, f"returns a neighbour of {arch} twice")
        inside = space.contains(np.array(near, dtype=np.int8).reshape(-1, space.decisions))
        for other, contained in zip(near, inside, strict=True):
            if sum(a != b for a, b in zip(arch, other, strict=True)) != 1:
                raise broken(kind.neighbours, f"returns {other} as a neighbour of {arch}; one decision must differ")
            if not contained:
                raise broken(kind.neighbours, f"returns {other} as a neighbour of {arch}; it is not in the space")
        if near and arch not in space.neighbours(near[0]):
            raise broken(kind.neighbours, f"returns {near[0]} as a neighbour of {arch}, but not vice versa")


@SUITE.check
def the_canonical_form_is_an_architecture_and_its_own_canonical_form(kind: type[Space]) -> None:
    space = kind()
    genes = _genes(space)
    _check_standing_for(space, genes, space.canonical(genes), kind.canonical, space.canonical)


@SUITE.check
def sub_networks_that_are_the_same_have_one_representative(kind: type[Space]) -> None:
    space = kind()
    genes = _genes(space)
    first = space.representative(genes)
    _check_standing_for(space, genes, first, kind.representative, space.representative)
    if not np.array_equal(space.representative(space.canonical(genes)), first):
        raise broken(kind.representative, "tells apart architectures of one canonical form, which are the same")


def _check_standing_for(
    space: Space, genes: Genes, found: Genes, method: Callable[..., object], again: Callable[[Genes], Genes]
) -> None:
    """Check what a method says to stand for `genes`: architectures that stand for themselves."""
    if found.dtype != np.int8 or found.shape != genes.shape:
        raise broken(method, f"returned {_shape(found)}; expected int8 of shape {genes.shape}")
    whole = type(space)()
    if not whole.contains(found).all():
        raise broken(method, f"returned {found[~whole.contains(found)][0].tolist()}, not an architecture")
    if not np.array_equal(again(found), found):
        raise broken(method, "changes architectures that it returned; apply it twice to see")


@SUITE.check
def every_cost_is_one_finite_number_per_architecture(kind: type[Space]) -> None:
    space = kind()
    genes = _genes(space)
    for name, cost in space.costs(genes).items():
        if not isinstance(cost, np.ndarray) or cost.shape != (len(genes),) or cost.dtype.kind != "f":
            raise broken(kind.costs, f"returned '{name}' as {_shape(cost)}; expected floats of shape ({len(genes)},)")
        if not np.isfinite(cost).all():
            raise broken(kind.costs, f"returned a '{name}' that is not finite")
    flags = space.connected(genes)
    if flags.dtype != bool or flags.shape != (len(genes),):
        raise broken(kind.connected, f"returned {_shape(flags)}; expected bool of shape ({len(genes)},)")


@SUITE.check
def the_extremes_are_the_smallest_and_the_largest_architecture(kind: type[Space]) -> None:
    space = kind()
    extremes = space.extremes()
    if extremes.shape != (2, space.decisions) or not space.contains(extremes).all():
        raise broken(
            kind.extremes, f"returned {extremes.tolist()}; expected two architectures of the space, [2, decision]"
        )
    params = space.costs(np.concatenate([extremes, _genes(space)])).get("params")
    if params is not None and (params[0] > params.min() or params[1] < params.max()):
        raise broken(
            kind.extremes,
            f"returned architectures of {params[0]:g} and {params[1]:g} parameters; others have {params.min():g} and "
            f"{params.max():g}",
        )


@SUITE.check
def keys_are_equal_for_equal_architectures_alone(kind: type[Space]) -> None:
    space = kind()
    genes = np.unique(_genes(space), axis=0)
    keys = space.keys(genes)
    if keys.shape != (len(genes),) or len(np.unique(keys)) != len(genes):
        raise broken(kind.keys, "gives two architectures the same key")


def _genes(space: Space) -> Genes:
    return space.sample(stream(0, "contracts/spaces"), ASKED)


def _archs(space: Space) -> Iterator[Arch]:
    yield from (tuple(arch) for arch in np.unique(_genes(space), axis=0).tolist())


def _shape(value: object) -> str:
    return f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
