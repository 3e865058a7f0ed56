//! Related entities: symbolic joins.
