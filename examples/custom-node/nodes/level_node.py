"""A node of one's own: how loud each piece of audio is."""

import numpy as np
from remotemedia import MultiprocessNode, RuntimeData, register_node


@register_node("LevelNode", input_types=["audio"], output_types=["json"])
class LevelNode(MultiprocessNode):
    """Gives the level of each piece of audio in dBFS: 0 is a full-scale square wave."""

    async def process(self, data):
        """Measures one piece."""
        full_scale = {"f32": 1, "i16": 2**15, "i32": 2**31}[data.format]
        mean_square = np.mean(np.square(data.samples / full_scale, dtype=np.float64))
        level = 10 * np.log10(max(mean_square, 1e-12))
        return RuntimeData.json({"level_db": round(float(level), 1), "at_ms": (data.timestamp_us or 0) // 1000})
