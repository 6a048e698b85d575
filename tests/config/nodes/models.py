"""Tell where a node looks for weights, and whether it may fetch some."""

import json
import os

from remotemedia.core.multiprocessing import RuntimeData, register_node


@register_node("ModelsNode")
async def models(_data: RuntimeData) -> RuntimeData:
    """Answer every message with that."""
    facts = {
        "folders": os.environ.get("REMOTEMEDIA_MODELS"),
        "allowed": os.environ.get("REMOTEMEDIA_ALLOW_DOWNLOADS"),
        "offline": os.environ.get("HF_HUB_OFFLINE"),
    }
    return RuntimeData.text(json.dumps(facts))
