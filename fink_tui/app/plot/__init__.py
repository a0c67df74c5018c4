"""A light curve as text.

The points are put onto cells here, to the half row for error bars, and plotext draws what is on the cells, the frame
and the ticks. So a bar is as long as its error, whatever is drawn over what is decided in one place (`cells.Layer`),
and only visible cells cost time. Only `render` knows plotext.
"""
