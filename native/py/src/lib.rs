//! Python binding of the native engine; no logic.

mod attempt;
mod binary;
mod block;
mod build;
mod chain;
mod check_delta;
mod delta;
mod errors;
mod hooks;
mod inspect;
mod inspect_proof;
mod item;
mod leaf_proof;
mod partial;
mod produced;
mod proof;
mod state;
mod stream;
mod touches;
mod tree;
mod verified;
mod verify;
mod verkle;
mod witness;

use pyo3::prelude::*;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<binary::BinaryTree>()?;
    module.add_class::<block::Block>()?;
    module.add_class::<block::Header>()?;
    module.add_class::<build::Attributes>()?;
    module.add_class::<build::Built>()?;
    module.add_class::<chain::Chain>()?;
    module.add_class::<chain::Fork>()?;
    module.add_class::<check_delta::Consistent>()?;
    module.add_class::<delta::Delta>()?;
    module.add_class::<partial::PartialState>()?;
    module.add_class::<produced::Produced>()?;
    module.add_class::<attempt::Refusal>()?;
    module.add_class::<hooks::SystemCall>()?;
    module.add_class::<state::State>()?;
    module.add_class::<touches::Changes>()?;
    module.add_class::<touches::Touches>()?;
    module.add_class::<tree::MerklePatriciaTree>()?;
    module.add_class::<verified::Check>()?;
    module.add_class::<verified::Verified>()?;
    module.add_class::<verify::Anchor>()?;
    module.add_class::<verkle::VerkleTree>()?;
    module.add_class::<witness::Budget>()?;
    module.add_class::<item::Item>()?;
    module.add_class::<witness::Witness>()?;
    module.add_function(wrap_pyfunction!(binary::binary_keys, module)?)?;
    module.add_function(wrap_pyfunction!(check_delta::check_delta, module)?)?;
    module.add_function(wrap_pyfunction!(errors::error_codes, module)?)?;
    module.add_class::<inspect::DeltaSurvey>()?;
    module.add_class::<inspect::Level>()?;
    module.add_class::<inspect::Part>()?;
    module.add_class::<inspect_proof::ProofSurvey>()?;
    module.add_class::<inspect::PresentAccount>()?;
    module.add_class::<inspect::Survey>()?;
    module.add_class::<inspect::Touched>()?;
    module.add_function(wrap_pyfunction!(inspect::list_nodes, module)?)?;
    module.add_function(wrap_pyfunction!(inspect::nest_nodes, module)?)?;
    module.add_function(wrap_pyfunction!(inspect::survey, module)?)?;
    module.add_function(wrap_pyfunction!(inspect::survey_delta, module)?)?;
    module.add_function(wrap_pyfunction!(inspect_proof::survey_proof, module)?)?;
    module.add_function(wrap_pyfunction!(inspect::verify_touching, module)?)?;
    module.add_function(wrap_pyfunction!(leaf_proof::open_leaf_proof, module)?)?;
    module.add_function(wrap_pyfunction!(proof::open_proof, module)?)?;
    module.add_function(wrap_pyfunction!(tree::keccak256_many, module)?)?;
    module.add_function(wrap_pyfunction!(tree::whole_state, module)?)?;
    module.add_function(wrap_pyfunction!(verify::verify, module)?)?;
    module.add_function(wrap_pyfunction!(item::read, module)?)?;
    Ok(())
}
