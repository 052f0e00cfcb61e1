//! The client of the Azure Resource Manager contract. Knows nothing of Kubernetes.

pub mod id;
