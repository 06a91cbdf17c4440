"""Lean templates: what a template would work out anew for each page is worked out once, if it is always the same.

Templates are written to be read: an element a line, small parts included. Once one is compiled, indentation becomes
a single line break, a part that is included under a fixed name is put in place, and a phrase or an address without
variables is looked up once in each language.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any, TypeGuard

from django.conf import settings
from django.template import Context, Origin, Template
from django.template.base import FilterExpression, Node, NodeList, TextNode, Variable
from django.template.defaulttags import CommentNode, CycleNode, IfChangedNode, LoadNode, URLNode
from django.template.exceptions import TemplateDoesNotExist
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.template.loaders import cached
from django.templatetags.i18n import TranslateNode
from django.urls import get_script_prefix, get_urlconf
from django.utils.translation import get_language

# A blank that does not break is a word of its own, so `\s` would take too much.
INDENT = re.compile(r"[ \t\r\f]*\n[ \t\r\f\n]*")
# In these a blank is a blank, and so it is in a letter.
VERBATIM, PAGES = ("<pre", "<textarea"), (".html", ".svg")
# They keep something for each time their template is rendered, so it must be rendered as one.
OWN_STATE = (ExtendsNode, BlockNode, CycleNode, IfChangedNode)


class Loader(cached.Loader):
    """Django's cached loader, which keeps a template after it was made lean."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lock = threading.RLock()

    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        """The template; raises TemplateDoesNotExist."""
        template: Template = super().get_template(template_name, skip)
        # Nobody renders a template that is half done; one that includes itself is found in its own making.
        with self._lock:
            if not hasattr(template, "lean"):
                template.lean = False  # type: ignore[attr-defined]
                plain = template_name.endswith(PAGES) and not any(
                    mark in template.source for mark in VERBATIM
                )
                for nodes in _nodelists(template.nodelist):
                    nodes[:] = _joined(_lean(nodes, template, plain=plain))
                template.lean = True  # type: ignore[attr-defined]
        return template


def _nodelists(thing: Any) -> Iterator[NodeList]:
    """Every list of nodes in a list of nodes, the innermost first."""
    if isinstance(thing, (NodeList, list, tuple)):
        for one in thing:
            yield from _nodelists(one)
    elif isinstance(thing, Node):
        for name, one in vars(thing).items():
            if name != "parent" and isinstance(one, (NodeList, list, tuple)):
                yield from _nodelists(one)
    if isinstance(thing, NodeList):
        yield thing


def _lean(nodes: NodeList, template: Template, *, plain: bool) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, (LoadNode, CommentNode)):
            continue
        if isinstance(node, TextNode) and plain:
            node.s = INDENT.sub("\n", node.s)
        if isinstance(node, IncludeNode):
            yield from _in_place(node, template)
        elif _is_fixed(node):
            yield _dressed(node, PerLanguage(node))
        else:
            yield node


def _joined(nodes: Iterator[Node]) -> Iterator[Node]:
    """The nodes with each run of texts as one."""
    before: TextNode | None = None
    for node in list(nodes):
        if isinstance(node, TextNode) and before is not None:
            before.s += node.s
            continue
        before = node if isinstance(node, TextNode) else None
        yield node


def _in_place(node: IncludeNode, template: Template) -> Iterator[Node]:
    """What a fixed name includes, instead of the search for it."""
    found = _included(node, template)
    if found is None:
        yield node
    elif node.extra_context or node.isolated_context:
        yield _dressed(node, Part(found.nodelist, node.extra_context, isolated=node.isolated_context))
    else:
        for one in found.nodelist:
            yield TextNode(one.s) if isinstance(one, TextNode) else one


def _included(node: IncludeNode, template: Template) -> Template | None:
    if not _fixed(node.template):
        return None
    try:
        found: Template = template.engine.get_template(node.template.var)
    except TemplateDoesNotExist:
        return None
    alone = any(isinstance(one, OWN_STATE) for nodes in _nodelists(found.nodelist) for one in nodes)
    return found if found.lean and not alone else None  # type: ignore[attr-defined]


def _fixed(expression: FilterExpression) -> bool:
    var = expression.var
    constant = isinstance(var, str) or (isinstance(var, Variable) and var.literal is not None)
    return constant and not expression.filters


def _is_fixed(node: Node) -> TypeGuard[TranslateNode | URLNode]:
    if isinstance(node, TranslateNode):
        return _fixed(node.filter_expression) and node.message_context is None
    if isinstance(node, URLNode):
        return (
            _fixed(node.view_name) and ":" not in str(node.view_name.var) and not (node.args or node.kwargs)
        )
    return False


def _dressed(old: Node, new: Node) -> Node:
    # Where it stood, for the page of an error.
    new.token, new.origin = old.token, old.origin
    return new


class PerLanguage(Node):
    """A tag that says the same whenever it is asked in the same language, for the same set of addresses."""

    def __init__(self, node: TranslateNode | URLNode) -> None:
        self._node, self._name = node, node.asvar
        self._said: dict[tuple[str | None, ...], str] = {}

    def render(self, context: Context) -> str:
        """What the tag says; under its name, if it has one."""
        key = (get_language(), get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())
        said = self._said.get(key)
        if said is None:
            text = self._node.render(context)
            said = self._said[key] = text if self._name is None else context[self._name]
            return text
        if self._name is None:
            return said
        context[self._name] = said
        return ""


class Part(Node):
    """A part of a page with values of its own, and with those around it unless it is isolated."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression], *, isolated: bool) -> None:
        self.nodelist, self._values, self._isolated = nodelist, values, isolated

    def render(self, context: Context) -> str:
        """The part."""
        values = {name: value.resolve(context) for name, value in self._values.items()}
        if self._isolated:
            return self.nodelist.render(context.new(values))
        with context.push(**values):
            return self.nodelist.render(context)
