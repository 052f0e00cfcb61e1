//! One pass over one connector. Client required.
