"""Markets of products that are tables: their contracts as typed clients."""
