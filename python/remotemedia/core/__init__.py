"""Where node modules import from: `remotemedia.core.multiprocessing`."""
