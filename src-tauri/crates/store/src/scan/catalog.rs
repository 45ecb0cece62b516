//! Which segments there are.
#[derive(Default)]
pub(crate) struct CatalogCell;
