"""Which names a statement reads and binds, by Python's scopes: a comprehension's variable is its own, a function's too.

Nothing is run. Annotations are not read, and neither is what only asks for a type: `isinstance(x, T)`, `type(x) is T`,
`case T():`. The walk keeps a list of what is left to do, so that deeply nested code cannot exhaust the stack.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
ASK_FOR_TYPE = ("isinstance", "issubclass", "cast", "register")  # the last two are typing's and singledispatch's
ANNOTATIONS = ("annotation", "returns", "type_params")
EVERYTHING = "*"
IN_ORDER: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Assign: ("value", "targets"),
    ast.AnnAssign: ("value", "target"),
    ast.AugAssign: ("value", "target"),
    ast.NamedExpr: ("value", "target"),
    ast.For: ("iter", "target", "body", "orelse"),
    ast.AsyncFor: ("iter", "target", "body", "orelse"),
}


@dataclass(frozen=True)
class Origin:
    """Where an import takes a name from: "torch.nn"; or `module` for all that a module exports."""

    name: str
    is_star: bool = False


@dataclass(frozen=True)
class Use:
    """A dotted name that a statement reads, as it is written.

    `origins` are what the imports of a scope inside the statement say its first part is; where there are none, it is a
    name of the notebook's. It is read `later` where that is in a function's body.
    """

    name: str
    line: int
    later: bool = False
    origins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What one statement at the top of a cell reads and binds.

    `binds` has for each name the imports that bind it, None among them where something else does. `changes` are the
    names of the notebook that its functions bind with `global`, or that it deletes.
    """

    uses: tuple[Use, ...]
    binds: dict[str, tuple[Origin | None, ...]]
    changes: frozenset[str]


@dataclass(eq=False)
class _Scope:
    """The module, a class, a function or a comprehension. Only in the first two the order of the lines matters."""

    kind: str
    parent: "_Scope | None" = None
    later: bool = False
    bound: dict[str, list[Origin | None]] = field(default_factory=dict)
    of_module: set[str] = field(default_factory=set)
    of_outer: set[str] = field(default_factory=set)

    @property
    def has_order(self) -> bool:
        return self.kind in ("module", "class")

    def bind(self, name: str, origin: Origin | None) -> None:
        self.bound.setdefault(name, []).append(origin)


@lru_cache(maxsize=256)  # each keeps its tree
def read_statement(statement: ast.stmt) -> Reading:
    """What a statement at the top of a cell reads and binds."""
    walk = _Walk()
    walk.run(statement)
    binds = {name: tuple(origins) for name, origins in walk.module.bound.items()}
    return Reading(tuple(walk.uses), binds, frozenset(walk.changes))


class _Walk:
    """Goes through a statement in the order in which Python evaluates it."""

    def __init__(self) -> None:
        self.module = _Scope("module")
        self.uses: list[Use] = []
        self.changes: set[str] = set()
        self.todo: list[tuple[ast.AST, _Scope]] = []

    def run(self, statement: ast.stmt) -> None:
        self.todo.append((statement, self.module))
        while self.todo:
            node, scope = self.todo.pop()
            self._enter(node, scope)

    def _plan(self, nodes: Sequence[ast.AST], scope: _Scope) -> None:
        """These are next, in this order."""
        self.todo += [(node, scope) for node in reversed(nodes)]

    def _enter(self, node: ast.AST, scope: _Scope) -> None:
        if isinstance(node, (ast.Name, ast.Attribute)):
            self._enter_name(node, scope)
        elif isinstance(node, FUNCTIONS):
            self._enter_function(node, scope)
        elif isinstance(node, COMPREHENSIONS):
            self._enter_comprehension(node, scope)
        elif isinstance(node, ast.ClassDef):
            around = _with_type_params(node, scope)
            self._plan([_Binding(node.name)], scope)
            self._plan(node.body, _below(around, "class"))
            self._plan([*node.bases, *(k.value for k in node.keywords)], around)
            self._plan(node.decorator_list, scope)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self._enter_import(node, scope)
        elif isinstance(node, ast.Global):
            scope.of_module.update(node.names)
        else:
            self._enter_other(node, scope)

    def _enter_other(self, node: ast.AST, scope: _Scope) -> None:
        if isinstance(node, ast.AnnAssign) and node.value is None and scope.has_order:
            return  # it binds nothing
        for name, origin in _names_bound_by(node):
            self._bind(name, origin, scope)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self._use(node.target.id, [], node.lineno, scope)
        self._plan(_find_children(node, _asks_for_type(node)), scope)

    def _enter_name(self, node: ast.Name | ast.Attribute, scope: _Scope) -> None:
        parts, base = _split_dotted(node)
        if not isinstance(base, ast.Name):
            self._plan([base], scope)
        elif isinstance(base.ctx, ast.Load):
            self._use(base.id, parts, node.lineno, scope)
        else:
            self._bind(base.id, None, scope)
            if isinstance(base.ctx, ast.Del):
                self._drop(base.id, scope)

    def _use(self, name: str, parts: list[str], line: int, scope: _Scope) -> None:
        found = _look_up(name, scope)
        dotted = ".".join([name, *parts])
        if found is None:
            self.uses.append(Use(dotted, line, scope.later))
        elif None not in found:
            stems = [origin.name for origin in found if origin and not origin.is_star]
            self.uses.append(Use(dotted, line, scope.later, tuple(".".join([stem, *parts]) for stem in stems)))

    def _bind(self, name: str, origin: Origin | None, scope: _Scope) -> None:
        home = _home_of(name, scope)
        if home is self.module and scope is not self.module and scope.later:
            self.changes.add(name)
        elif home.has_order:  # the names of the others are known from the start
            home.bind(name, origin)

    def _drop(self, name: str, scope: _Scope) -> None:
        if _home_of(name, scope) is self.module:
            self.changes.add(name)

    def _enter_function(self, node: Function, scope: _Scope) -> None:
        arguments = node.args
        defaults = [*arguments.defaults, *(d for d in arguments.kw_defaults if d)]
        inside = _below(_with_type_params(node, scope), "function", later=True)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        for argument in every:
            if argument:
                inside.bind(argument.arg, None)
        _bind_all(body, inside)
        self._plan(body, inside)
        if not isinstance(node, ast.Lambda):
            self._plan([_Binding(node.name)], scope)
            defaults = [*node.decorator_list, *defaults]
        self._plan(defaults, scope)

    def _enter_comprehension(self, node: Comprehension, scope: _Scope) -> None:
        """The first iterable is evaluated outside; everything else has the variables."""
        inside = _below(scope, "comprehension")
        first, *others = node.generators
        _bind_all([generator.target for generator in node.generators], inside)
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._plan([first.target, *first.ifs, *others, *results], inside)
        self._plan([first.iter], scope)

    def _enter_import(self, node: ast.Import | ast.ImportFrom, scope: _Scope) -> None:
        for name, origin in _names_bound_by(node):
            self._bind(name, origin, scope)
        if scope is not self.module:
            names = [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{name}" for name in names] if node.module else []
            self.uses += [Use(name, node.lineno, scope.later, (name,)) for name in names]


def _asks_for_type(node: ast.AST) -> bool:
    """Whether this is a call of isinstance, or of something like it."""
    called = node.func if isinstance(node, ast.Call) else None
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    return name in ASK_FOR_TYPE


class _Binding(ast.AST):
    """The moment at which a definition binds its name."""

    def __init__(self, name: str) -> None:
        self.name = name


NAMED = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, _Binding),
    *(ast.ExceptHandler, ast.MatchAs, ast.MatchStar),
)


def _below(scope: _Scope, kind: str, later: bool = False) -> _Scope:
    return _Scope(kind, scope, later or scope.later)


def _with_type_params(node: ast.AST, scope: _Scope) -> _Scope:
    """The scope around a definition that holds its type parameters."""
    names = [str(parameter.name) for parameter in getattr(node, "type_params", ())]
    if not names:
        return scope
    inside = _below(scope, "function")
    for name in names:
        inside.bind(name, None)
    return inside


def _home_of(name: str, scope: _Scope) -> _Scope:
    """The scope in which a name that is bound here lives. A walrus in a comprehension binds outside of it."""
    while scope.kind == "comprehension" and name not in scope.bound and scope.parent:
        scope = scope.parent
    if name in scope.of_module:
        while scope.parent:
            scope = scope.parent
    elif name in scope.of_outer:
        holder = scope.parent
        while holder and (holder.kind == "class" or name not in holder.bound):
            holder = holder.parent
        return holder or scope
    return scope


def _look_up(name: str, scope: _Scope) -> list[Origin | None] | None:
    """What binds a name that is read here; None where it is one of the notebook's, or of Python's."""
    at: _Scope | None = scope
    while at:
        if name in at.of_module:
            return None
        is_seen = at.kind != "class" or at is scope
        is_late = at.kind == "module" and scope.later
        if is_seen and not is_late and name in at.bound and name not in at.of_outer:
            return at.bound[name]
        at = at.parent
    return None


def _split_dotted(node: ast.expr) -> tuple[list[str], ast.expr]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return parts[::-1], node


def _bind_all(nodes: Sequence[ast.AST], scope: _Scope) -> None:
    """Bind all that is bound anywhere in a function, or in the targets of a comprehension."""
    declared = [node for node in _own_nodes(nodes) if isinstance(node, (ast.Global, ast.Nonlocal))]
    for said in declared:
        (scope.of_module if isinstance(said, ast.Global) else scope.of_outer).update(said.names)
    for node in _own_nodes(nodes):
        for name, origin in _names_bound_by(node):
            if name not in scope.of_module | scope.of_outer:
                scope.bind(name, origin)


def _own_nodes(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of a scope, without those of the scopes inside it; but a walrus in a comprehension belongs here."""
    todo: list[tuple[ast.AST, bool]] = [(node, False) for node in nodes]
    while todo:
        node, in_comprehension = todo.pop()
        if not in_comprehension or isinstance(node, ast.NamedExpr):
            yield node
        if isinstance(node, ast.NamedExpr):
            todo += [(node.target, False), (node.value, in_comprehension)]
        elif isinstance(node, FUNCTIONS):
            todo += [(d, in_comprehension) for d in [*node.args.defaults, *node.args.kw_defaults] if d]
            todo += [(d, in_comprehension) for d in getattr(node, "decorator_list", ())]
        elif isinstance(node, ast.ClassDef):
            inside = [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
            todo += [(n, in_comprehension) for n in inside]
        else:
            is_one = in_comprehension or isinstance(node, COMPREHENSIONS)
            todo += [(child, is_one) for child in ast.iter_child_nodes(node)]


def _names_bound_by(node: ast.AST) -> Iterator[tuple[str, Origin | None]]:
    """The names that a node itself binds, and what its import says they are."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id, None
    elif isinstance(node, NAMED) and node.name:
        yield node.name, None
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest, None
    elif isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name.partition(".")[0]
            yield alias.asname or first, Origin(alias.name if alias.asname else first)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            is_star = alias.name == EVERYTHING
            yield alias.asname or alias.name, Origin(module if is_star else f"{module}.{alias.name}", is_star)


def _find_children(node: ast.AST, asks_for_type: bool) -> list[ast.AST]:
    """What is read of a node, in the order of evaluation: no annotations, and no types that are only asked for."""
    children: list[ast.AST] = []
    for name in IN_ORDER.get(type(node), node._fields):
        value = getattr(node, name, None)
        inside = [child for child in (value if isinstance(value, list) else [value]) if isinstance(child, ast.AST)]
        if name in ANNOTATIONS or (name == "cls" and isinstance(node, ast.MatchClass)):
            continue
        if asks_for_type or isinstance(node, ast.Compare) or (name == "keys" and isinstance(node, ast.Dict)):
            inside = [child for child in inside if not _is_only_names(child)]
        children += inside
    return children


def _is_only_names(node: ast.AST) -> bool:
    """Whether these are names and nothing else: compared, they give no more than true or false."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return all(map(_is_only_names, node.elts))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _is_only_names(node.left) and _is_only_names(node.right)
    return isinstance(node, (ast.Name, ast.Attribute)) and isinstance(_split_dotted(node)[1], ast.Name)
