"""The graph of stories and rules as one HTML page: no scripts, no outside files."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from html import escape

from chatwright.dialogue.story_graph import Edge, StoryGraph

__all__ = ["graph_svg", "story_page"]

BOX_HEIGHT, ROW, GAP, MARGIN = 26, 40, 90, 24
LONGEST_LABEL = 34

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stories and rules · {title}</title><style>
:root {{ color-scheme: light dark; --ink: #1c2430; --dim: #5d6b7c; --paper: #fff; --box: #eef3f8; --line: #8a97a6; --rule: #1a7f5a; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e5eaf0; --dim: #9aa8b8; --paper: #12171e; --box: #222c38; --line: #5d6b7c; --rule: #43b68a; }} }}
body {{ margin: 0; padding: 1.5rem; color: var(--ink); background: var(--paper); font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; }}
h1 {{ font-size: 1.4rem; margin: 0 0 .25rem; }} p {{ color: var(--dim); margin: 0 0 1rem; }} .scroll {{ overflow: auto; }}
svg text {{ fill: var(--ink); font-size: 12px; }} svg .label {{ fill: var(--dim); font-size: 11px; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }}
svg rect {{ fill: var(--box); stroke: var(--line); }} svg .end rect, svg .start rect, svg .snippet rect {{ fill: none; stroke-dasharray: 3 3; }}
svg path {{ fill: none; stroke: var(--line); }} svg .rule path {{ stroke: var(--rule); }} svg g:hover > path, svg g:focus > path {{ stroke-width: 3; }}
</style></head><body><h1>Stories and rules</h1>
<p>{title}: {stories} stories, {rules} rules. Boxes are actions, arrows what people say; green arrows are rules. Point at an arrow to see where it comes from.</p>
<div class="scroll">{svg}</div></body></html>
"""  # noqa: E501


def story_page(graph: StoryGraph, *, title: str, stories: int, rules: int) -> str:
    """The whole page."""
    return _PAGE.format(title=escape(title), stories=stories, rules=rules, svg=graph_svg(graph))


def graph_svg(graph: StoryGraph) -> str:
    """Layers from left to right; within a layer each node near those that lead to it (barycentre method,
    Sugiyama et al. 1981)."""
    boxes, width, height = _places(graph)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" role="img" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" aria-label="graph of stories and rules">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M0 0L8 4L0 8" style="fill:none;stroke:context-stroke"/>'
        "</marker></defs>"
    ]
    between: Counter[tuple[int, int]] = Counter()
    for (start, end, _), edge in graph.edges.items():
        parts.append(_arrow(boxes[start], boxes[end], edge, between[start, end]))
        between[start, end] += 1
    for box, node in zip(boxes, graph.nodes, strict=True):
        parts.append(
            f'<g class="{node.kind}"><title>{escape(node.label)}</title>'
            f'<rect x="{box.x:.0f}" y="{box.y - BOX_HEIGHT / 2:.0f}" width="{box.width:.0f}" '
            f'height="{BOX_HEIGHT}" rx="6"/>'
            f'<text x="{box.x + 10:.0f}" y="{box.y + 4:.0f}">{escape(_short(node.label))}</text></g>'
        )
    return "".join(parts) + "</svg>"


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    """Left side."""
    y: float
    """Middle."""
    width: float


def _places(graph: StoryGraph) -> tuple[list[_Box], float, float]:
    """Boxes of the nodes, and width and height of the drawing."""
    layers = graph.layers()
    columns: dict[int, list[int]] = defaultdict(list)
    for number, layer in enumerate(layers):
        columns[layer].append(number)
    before: dict[int, list[int]] = defaultdict(list)
    label_width: dict[int, float] = defaultdict(float)
    for (start, end, label), _ in graph.edges.items():
        if layers[start] < layers[end]:
            before[end].append(start)
            label_width[layers[end]] = max(label_width[layers[end]], _width(_short(label)))
    middles: dict[int, float] = {}
    left, x = {}, float(MARGIN)
    for layer in sorted(columns):
        wish = {n: sum(middles[m] for m in before[n]) / max(1, len(before[n])) for n in columns[layer]}
        free = float(MARGIN)
        for n in sorted(columns[layer], key=lambda n: (wish[n], n)):
            middles[n] = max(free, wish[n]) if before[n] else free
            free = middles[n] + ROW
        x += label_width[layer] + (GAP if layer else 0)
        left[layer] = x
        x += max(_width(_short(graph.nodes[n].label)) for n in columns[layer]) + 20
    boxes = [
        _Box(left[layers[n]], middles[n], _width(_short(node.label)) + 20.0)
        for n, node in enumerate(graph.nodes)
    ]
    return boxes, x + GAP, max(middles.values()) + ROW


def _arrow(start: _Box, end: _Box, edge: Edge, number: int) -> str:
    """What people say stands before the box that it leads to; arrows that lead back bow below."""
    x1, x2 = start.x + start.width, end.x
    if x2 > x1:
        y2 = end.y + 12 * number
        curve = f"C{x1 + 40:.0f} {start.y:.0f} {x1 + 20:.0f} {y2:.0f} {x1 + 60:.0f} {y2:.0f}"
        path = f"M{x1:.0f} {start.y:.0f}{curve}L{x2:.0f} {y2:.0f}"
        text, anchor, x, y = _short(edge.label), "end", x2 - 12, y2 - 3
    else:
        y2 = max(start.y, end.y) + 22 + 12 * number
        path = (
            f"M{start.x + start.width / 2:.0f} {start.y + BOX_HEIGHT / 2:.0f}"
            f"C{start.x:.0f} {y2 + 20:.0f} {end.x + end.width:.0f} {y2 + 20:.0f} "
            f"{end.x + end.width / 2:.0f} {end.y + BOX_HEIGHT / 2:.0f}"
        )
        text, anchor, x, y = _short(edge.label), "middle", (start.x + end.x + end.width) / 2, y2 + 12
    told = "\n".join([edge.label or "goes on by itself", *edge.sources])
    return (
        f'<g class="{"rule" if edge.is_rule else "story"}" tabindex="0"><title>{escape(told)}</title>'
        f'<path d="{path}" marker-end="url(#tip)"/>'
        f'<text class="label" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(text)}</text></g>'
    )


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"


def _width(text: str) -> int:
    """Pixels at 12 pixels a line; Han characters are wide."""
    return sum(13 if ord(character) > 0x2E7F else 7 for character in text)
