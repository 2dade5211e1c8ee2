"""The map of the house, drawn from the imports. Source: `CONTRIBUTING.md`, section "Floors".

A floor imports lower floors only; the edges do not import one another; the protocol knows nothing of the product; SQL
stands on floors 1 and 2, and is never put together from values (security case S135).
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FEATURES = """
    network accounts companies groups media polls events offers suggestions voice guardrails threads timelines
    desk notifications moderation directory knowledge search figures digests portability streaming
""".split()
SHARED_BY_EDGES = "http looks".split()
EDGES = "api web admin activitypub mailbox".split()
PUT_TOGETHER = "consequences recurring worker app".split()
TOP = "cli __main__".split()

PROTOCOL_MAY_IMPORT = {
    *sys.stdlib_module_names,
    *"cryptography msgspec orjson httpx2 aiohttp rfc8785 pyld idna publicsuffixlist http_message_signatures".split(),
    "httpcore2",  # the part of httpx2 in which the guard of addresses sits
}
KNOWS_THE_PROTOCOL = re.compile(r"fedcomm\.(activitypub|cli|app|worker)(\.|$)")
MAY_READ_KEY_FORMATS = "fedcomm.accounts.keys"

MAKES_SQL = re.compile(
    r"\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s|LISTEN\s|NOTIFY\s"
    r"|(CREATE|DROP|ALTER)\s+(TABLE|INDEX|DATABASE)\s|SET\s+LOCAL\s|TRUNCATE\s)"
)
WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM|TRUNCATE)\s+([a-z_]+)")
MAY_SHARE = {
    "account": ["accounts", "threads"],  # counters change in the transaction of the post (D62)
    "fact": ["facts", "jobs"],  # recorded with the change, taken by the queue
}
MAKE_CONDITIONS = {"visible_to", "quoted"}
"""Functions that make SQL out of placeholders, and one that quotes the name of a database."""


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product by its dotted name."""
    found: dict[str, ast.Module] = {}
    for package in ("federation", "fedcomm"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def imports(name: str) -> Iterator[str]:
    """What a module imports, wherever in it, as dotted names of modules."""
    is_package = (ROOT / Path(*name.split(".")) / "__init__.py").exists()
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = name.split(".") if is_package else name.split(".")[:-1]
                package = package[: len(package) - (node.level - 1)]
                base = ".".join([*package, *([base] if base else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in modules() else base


def room(name: str) -> str:
    """`fedcomm.threads.posting` is in `threads`; the protocol is one room."""
    first, _, rest = name.partition(".")
    return "federation" if first == "federation" else rest.partition(".")[0]


def height(name: str) -> tuple[int, int]:
    """The floor, and on floor 2 and 3 the place on it: each may use what is below it or to its left."""
    here = room(name)
    if here == "federation":
        return (0, 0)
    if here in FEATURES:
        return (2, FEATURES.index(here))
    if here in SHARED_BY_EDGES:
        return (3, SHARED_BY_EDGES.index(here))
    if here in EDGES:
        return (3, len(SHARED_BY_EDGES))
    if here in PUT_TOGETHER:
        return (4, 0)
    if here in TOP:
        return (5, 0)
    return (1, 0)  # the ground: what is not on the map must get along with what everybody may use


def arrows() -> Iterator[tuple[str, str]]:
    for name in modules():
        for imported in imports(name):
            if imported in modules() or imported.partition(".")[0] in ("fedcomm", "federation"):
                yield name, imported


def test_the_map_has_all_floors() -> None:
    assert {height(name)[0] for name in modules()} == set(range(6))


def test_imports_point_downwards() -> None:
    upwards = [f"{name} imports {imported}" for name, imported in arrows() if height(imported) > height(name)]
    assert upwards == []


def test_edges_do_not_import_one_another() -> None:
    across = [
        f"{name} imports {imported}"
        for name, imported in arrows()
        if room(name) in EDGES and room(imported) in EDGES and room(name) != room(imported)
    ]
    assert across == []


def test_nothing_imports_in_circles() -> None:
    """Neither modules nor, in any folder, what lies side by side in it: a module, or a folder with all it holds."""
    assert circles(set(arrows())) == []
    for folder in {name.rpartition(".")[0] for name in modules()}:
        assert circles(side_by_side(arrows(), folder)) == [], folder


def test_tests_import_in_no_circles_either() -> None:
    """A folder of tests may be used by others only where it does not use them."""
    assert circles(side_by_side(arrows_of_tests(), "tests")) == []


def arrows_of_tests() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "tests").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "tests":
                yield from ((name, f"{node.module}.{alias.name}") for alias in node.names)


def side_by_side(found: Iterable[tuple[str, str]], folder: str) -> set[tuple[str, str]]:
    """The arrows inside a folder, each drawn from and to what lies in it."""

    def lying(name: str) -> str:
        below = name.removeprefix(f"{folder}.")
        return "" if below == name else below.partition(".")[0]

    return {(lying(name), lying(imported)) for name, imported in found if lying(name) and lying(imported)}


def circles(found: set[tuple[str, str]]) -> list[str]:
    met: list[str] = []
    uses: dict[str, set[str]] = {}
    for name, imported in found:
        uses.setdefault(name, set()).add(imported)
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            met.append(" -> ".join((*path[path.index(name) :], name)))
            return
        if name not in done:
            for imported in sorted(uses.get(name, ())):
                if imported != name:
                    visit(imported, (*path, name))
            done.add(name)

    for name in sorted(uses):
        visit(name, ())
    return met


def test_the_guard_against_circles_sees_them_between_folders() -> None:
    found = [("top.inner.low", "top.beside"), ("top.beside", "top.inner.other"), ("top.above", "top.beside")]

    assert circles(set(found)) == []
    assert circles(side_by_side(found, "top")) == ["beside -> inner -> beside"]


def test_the_protocol_knows_neither_the_product_nor_a_database() -> None:
    strangers = [
        f"{name} imports {imported}"
        for name in modules()
        if room(name) == "federation"
        for imported in imports(name)
        if imported.partition(".")[0] not in PROTOCOL_MAY_IMPORT | {"federation"}
    ]
    assert strangers == []


def test_the_protocol_is_known_at_its_edge_only() -> None:
    strangers = [
        f"{name} imports {imported}"
        for name, imported in arrows()
        if room(imported) == "federation" != room(name)
        and not KNOWS_THE_PROTOCOL.match(name)
        and (name, imported) != (MAY_READ_KEY_FORMATS, "federation.signatures.key_formats")
    ]
    assert strangers == []


def documentation(tree: ast.Module) -> set[int]:
    """The strings that stand alone: docstrings, and notes below constants."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def inside_others(tree: ast.Module) -> set[int]:
    return {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}


def text_of(node: ast.AST) -> str | None:
    """The beginning of a string: with the values that are put in left out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr) and node.values:
        return text_of(node.values[0])
    if isinstance(node, ast.BinOp):
        return text_of(node.left)
    return None


def statements(name: str) -> Iterator[ast.expr]:
    """The SQL in a module."""
    tree = modules()[name]
    apart = documentation(tree) | inside_others(tree)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and id(node) not in apart:
            text = text_of(node)
            if text and MAKES_SQL.match(text):
                yield node


def test_sql_stands_on_floors_1_and_2_only() -> None:
    elsewhere = [
        f"{name}, line {node.lineno}"
        for name in modules()
        if height(name)[0] not in (1, 2)
        for node in statements(name)
    ]
    assert elsewhere == []


def test_there_is_sql_to_be_found() -> None:
    assert sum(1 for name in modules() for _ in statements(name)) > 50


def test_each_table_is_written_by_one_room() -> None:
    """Others go through its functions, or read it (decisions D71)."""
    writers: dict[str, set[str]] = {}
    for name in modules():
        for node in statements(name):
            for table in WRITES.findall(ast.unparse(node).replace("\\n", " ")):
                writers.setdefault(table, set()).add(room(name))

    shared = {table: sorted(rooms) for table, rooms in writers.items() if len(rooms) > 1}

    assert {table: rooms for table, rooms in shared.items() if MAY_SHARE.get(table) != rooms} == {}


def test_s135_sql_is_not_put_together_from_values() -> None:
    """What is fixed in the source may stand in it, and `visible_to(...)` and `quoted(...)`; values are `$1`."""
    wrong = [f"{name}, line {node.lineno}" for name in modules() for node in built_from_values(modules()[name])]
    assert wrong == []


def built_from_values(tree: ast.Module) -> Iterator[ast.expr]:
    """SQL in an f-string, with %, + or format, with something in it that may come from outside."""
    apart = documentation(tree) | inside_others(tree)
    for scope, node in in_scopes(tree):
        if id(node) in apart:
            continue
        match node:
            case ast.JoinedStr() | ast.BinOp(op=ast.Add() | ast.Mod()):
                if MAKES_SQL.match(text_of(node) or "") and not is_fixed(node, scope):
                    yield node
            case ast.Call(func=ast.Attribute(attr="format", value=text)):
                if MAKES_SQL.match(text_of(text) or ""):
                    yield node
            case _:
                pass


def in_scopes(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Every node with the function it stands in."""
    waiting: list[tuple[ast.AST, ast.AST]] = [(tree, tree)]
    while waiting:
        scope, node = waiting.pop()
        yield scope, node
        inner = node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else scope
        waiting.extend((inner, child) for child in ast.iter_child_nodes(node))


def is_fixed(node: ast.expr, scope: ast.AST) -> bool:
    """Whether a text can only be what stands in the source: nothing that came in has a part in it."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name) if name.isupper():
            return True
        case ast.Attribute(attr=name):
            return name.isupper()
        case ast.Name(id=name):
            given = assignments(name, scope)
            return bool(given) and all(is_fixed(value, scope) for value in given)
        case ast.IfExp(body=body, orelse=other):
            return is_fixed(body, scope) and is_fixed(other, scope)
        case ast.BinOp(left=left, right=right, op=ast.Add()):
            return is_fixed(left, scope) and is_fixed(right, scope)
        case ast.JoinedStr(values=values):
            return all(is_fixed(value, scope) for value in values)
        case ast.FormattedValue(value=value):
            return is_fixed(value, scope)
        case ast.Subscript(value=ast.Name(id=name)):
            return name.isupper()
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=given, keywords=[]):
            return name in MAKE_CONDITIONS or (bool(given) and all(is_fixed(value, scope) for value in given))
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in MAKE_CONDITIONS
        case _:
            return False


def assignments(name: str, scope: ast.AST) -> list[ast.expr]:
    """What a name is set to in a function."""
    found: list[ast.expr] = []
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            found.append(node.value)
    return found


@pytest.mark.parametrize(
    ("code", "is_wrong"),
    [
        ('f"SELECT {COLUMNS} FROM post WHERE id = $1"', False),
        ('f"SELECT {model.COLUMNS} FROM post"', False),
        ("f\"SELECT id FROM post WHERE {visible_to('$2')}\"", False),
        ('f"SELECT id FROM post ORDER BY {order}"', True),
        ('f"SELECT id FROM post ORDER BY {ORDERS[order]}"', False),
        ("f\"SELECT id FROM post ORDER BY {'id' if newest else 'hot'}\"", False),
        ('f"""\n  SELECT id\n FROM post LIMIT {limit}"""', True),
        ('"SELECT id FROM post ORDER BY " + order', True),
        ('"SELECT id FROM post LIMIT %s" % limit', True),
        ('"SELECT id FROM {}".format(table)', True),
        ('f"Select a group, {name}"', False),
    ],
)
def test_the_guard_against_sql_from_values_sees_what_it_should(code: str, is_wrong: bool) -> None:
    """S135: the check itself is checked."""
    assert bool(list(built_from_values(ast.parse(f"x = {code}")))) is is_wrong
