//! The client of the Azure Resource Manager contract. Knows nothing of Kubernetes.
//!
//! One [`Client`] stands for one backend: Azure, or the registry that speaks the same contract. Requests
//! are typed, answers are read tolerantly, and an [`ArmError`] says what its reader can do about it.

mod client;
mod connection;
mod connection_parameter;
mod custom_api;
mod error;
pub mod id;
mod operation;
mod reader;
mod resource_group;
mod role_assignment;
#[cfg(test)]
mod testing;
mod token;

pub use client::{
    Budget, Budgets, Call, Client, ClientError, Deletion, Endpoint, EndpointError, INSTANCE_HEADER, Observer,
    Options, Pages, Precondition, Spender,
};
pub(crate) use client::{address, read_body, retry_after};
pub use connection::Connection;
pub use connection_parameter::{
    AllowedValue, ConnectionParameter, ConnectionParameters, CustomParameter, OAuthSettings,
};
pub use custom_api::{CustomApi, CustomApiObserved};
pub(crate) use error::text::{Confidential, MESSAGE_LIMIT};
pub use error::{ArmError, ErrorKind};
pub use operation::Operation;
pub use reader::{Reader, Reads};
pub use resource_group::ResourceGroup;
pub use role_assignment::{
    PrincipalType, RoleAssignment, RoleAssignmentFilter, RoleAssignmentWanted, role_assignment_name, role_key,
};
pub(crate) use token::checked;
pub use token::{StaticToken, TokenError, TokenSource};
