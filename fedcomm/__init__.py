"""fedcomm: the community server that trade associations and franchise networks run themselves."""

__version__ = "0.1.0"
