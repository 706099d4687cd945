"""The figures as one SVG: bars of medians with their spread."""

from __future__ import annotations

from html import escape
from statistics import median

from report import Samples, Target

WIDTH, BAR, LABEL = 760, 22, 230
COLOURS = {"observer": "#2563eb", "observer-wss": "#3b82f6",
           "session": "#60a5fa", "sessions": "#93c5fd", "limit": "#64748b",
           "limit-ahead": "#94a3b8", "python": "#d97706", "node": "#16a34a"}

VERDICTS = {"met": "#16a34a", "open": "#d97706", "SHORT": "#dc2626"}


def bars(title: str, rows: list[tuple[str, str, list[float]]], top: int,
         digits: int) -> tuple[list[str], int]:
    """A titled group and where the next begins."""
    out = [f'<text x="10" y="{top + 16}" class="t">{escape(title)}</text>']
    most = max(max(values) for _, _, values in rows)
    scale = (WIDTH - LABEL - 110) / most
    y = top + 26
    for name, contender, values in rows:
        m = median(values)
        low, high = LABEL + min(values) * scale, LABEL + max(values) * scale
        mid = y + BAR / 2 - 2
        out += [
            f'<text x="{LABEL - 8}" y="{mid + 4}" text-anchor="end">'
            f'{escape(name)}</text>',
            f'<rect x="{LABEL}" y="{y}" width="{max(m * scale, 1):.1f}" '
            f'height="{BAR - 4}" fill="{COLOURS.get(contender, "#888")}"/>',
            f'<path d="M{low:.1f} {mid}H{high:.1f}" class="s"/>',
            f'<text x="{high + 8:.1f}" y="{mid + 4}">{m:,.{digits}f}</text>']
        y += BAR
    return out, y + 14


def svg(samples: Samples, aims: list[Target], machine: str) -> str:
    body = ['<text x="10" y="22" class="h">The path of a tick</text>',
            f'<text x="10" y="40">{escape(machine)}; medians, '
            'the line is the spread over the rounds</text>']
    y = 56
    groups = [("ticks/s, as fast as they are taken", "ticks_per_s", "/", 0),
              ("CPU µs a tick, as fast as they are taken", "cpu_us", "/", 2),
              ("CPU µs a tick at a fixed rate", "cpu_us", "@", 1)]
    for title, figure, mark, digits in groups:
        rows = [(case.replace("/", ", ") + (" a frame" if mark == "/"
                                            else " ticks/s"),
                 case.split(mark)[0], f[figure])
                for case, f in samples.items() if mark in case and figure in f]
        if rows:
            more, y = bars(title, rows, y, digits)
            body += more
    if aims:
        body.append(f'<text x="10" y="{y + 16}" class="t">Targets</text>')
        y += 26
        for aim in aims:
            y += 18
            colour = VERDICTS[aim.verdict]
            sign = "≥" if aim.at_least else "≤"
            body.append(
                f'<circle cx="16" cy="{y - 4}" r="5" fill="{colour}"/>'
                f'<text x="30" y="{y}">{escape(aim.what)}: '
                f'{median(aim.values):,.2f}{aim.unit}, aim {sign} '
                f'{aim.aim:g}{aim.unit}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
            f'height="{y + 20}" viewBox="0 0 {WIDTH} {y + 20}">\n'
            '<style>text{font:12px sans-serif;fill:#1e293b}'
            '.h{font-size:18px;font-weight:bold}.t{font-weight:bold}'
            '.s{stroke:#0f172a;stroke-width:1.5}</style>\n'
            '<rect width="100%" height="100%" fill="#fff"/>\n'
            + "\n".join(body) + "\n</svg>\n")
