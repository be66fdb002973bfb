"""Where a place lies on the portal's map of the world."""

from math import asin, cos, radians, sin, sqrt

WIDTH, HEIGHT = 960, 470
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
M = sqrt(3) / 2


def equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    """Return x and y, with y upwards, in units of the globe's radius; degrees go in.

    The formula of B. Šavrič, T. Patterson and B. Jenny, “The Equal Earth map projection”,
    International Journal of Geographical Information Science 33 (2019), equations 1 to 3: equal
    areas of the globe are equal areas of the map.
    """
    parametric = asin(M * sin(radians(latitude)))
    square = parametric**2
    power = square**3
    slope = A1 + 3 * A2 * square + power * (7 * A3 + 9 * A4 * square)
    x = radians(longitude) * cos(parametric) / (M * slope)
    y = parametric * (A1 + A2 * square + power * (A3 + A4 * square))
    return x, y


def on_the_map(longitude: float, latitude: float) -> tuple[float, float]:
    """Return the point of static/img/land.svg, where the globe is as wide as the picture."""
    x, y = equal_earth(longitude, latitude)
    scale = WIDTH / 2 / equal_earth(180, 0)[0]
    return WIDTH / 2 + scale * x, HEIGHT / 2 - scale * y
