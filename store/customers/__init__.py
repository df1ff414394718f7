"""All that is stored about one customer: found, exported, erased (contract section 16)."""
