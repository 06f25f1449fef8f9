# SPDX-License-Identifier: Apache-2.0
"""Line plots as SVG files: a logarithmic or linear scale each way, one line a series, no more."""
import html
import math

COLOURS = ["#1f6fb4", "#d1662a", "#3c9a4c", "#8858b0", "#b03a48", "#6f6f6f"]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 400, 78, 150, 40, 54


def short(value):
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


class Scale:
    """Maps [low, high] to [start, end], by logarithms or not."""

    def __init__(self, values, start, end, logarithmic):
        self.start, self.end, self.log = start, end, logarithmic
        low, high = min(values), max(values)
        if logarithmic:
            self.low, self.high = math.log10(low), math.log10(high)
        else:
            self.low, self.high = 0, high
        if self.low == self.high:
            self.high += 1

    def at(self, value):
        value = math.log10(value) if self.log else value
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self):
        if self.log:
            return [10.0 ** e for e in range(math.floor(self.low), math.ceil(self.high) + 1)]
        step = 10 ** math.floor(math.log10(self.high or 1))
        step *= next(f for f in (0.2, 0.5, 1, 2) if self.high / (step * f) <= 7)
        return [step * i for i in range(int(self.high / step) + 1)]


def plot(path, title, x_label, y_label, series, x_log=True, y_log=True):
    """`series` is {name: [(x, y), ...]}; x values that occur are the ticks of the x axis."""
    points = [p for line in series.values() for p in line]
    xs = sorted({x for x, _ in points})
    ys = [y for _, y in points]
    if y_log:
        ys += [10 ** math.floor(math.log10(min(ys))), 10 ** math.ceil(math.log10(max(ys)))]
    x_scale, y_scale = Scale(xs, LEFT, WIDTH - RIGHT, x_log), Scale(ys, HEIGHT - BOTTOM, TOP, y_log)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{LEFT}" y="22" font-size="15">{html.escape(title)}</text>']
    for y in y_scale.ticks():
        at = y_scale.at(y)
        if TOP - 1 <= at <= HEIGHT - BOTTOM + 1:
            out += [f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>',
                    f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{short(y)}</text>']
    for x in xs:
        at = x_scale.at(x)
        out += [f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 5}" stroke="#333"/>',
                f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 19}" text-anchor="middle">{short(x)}</text>']
    out += [f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}" fill="none" stroke="#333"/>',
            f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{html.escape(x_label)}</text>',
            f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">{html.escape(y_label)}</text>']
    for i, (name, line) in enumerate(series.items()):
        colour = COLOURS[i % len(COLOURS)]
        path_points = " ".join(f"{x_scale.at(x):.1f},{y_scale.at(y):.1f}" for x, y in sorted(line))
        out.append(f'<polyline points="{path_points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x_scale.at(x):.1f}" cy="{y_scale.at(y):.1f}" r="3" fill="{colour}"/>' for x, y in line]
        y = TOP + 14 + 18 * i
        out += [f'<rect x="{WIDTH - RIGHT + 14}" y="{y - 9}" width="10" height="10" fill="{colour}"/>',
                f'<text x="{WIDTH - RIGHT + 30}" y="{y}">{html.escape(name)}</text>']
    path.write_text("\n".join([*out, "</svg>"]) + "\n", encoding="utf-8")
