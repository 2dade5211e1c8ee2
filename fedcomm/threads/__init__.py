"""Threads: posts with titles and the replies below them, in one group or carried by several."""
