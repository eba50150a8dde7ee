"""Pictures: from a frame to a Plotly figure for the screen and to SVG for paper. Pure; one theme, one palette.

Colours in figures are the names of the style sheet's tokens ("var(--accent)"): the page puts in what they are in its
light or dark dress. On paper they are the light values.
"""
