//! Tests of Azure Pipelines.
