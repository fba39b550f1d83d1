//! Runs the engine's passes over a model.
//!
//! The engine's own driver compares each node of a patch with all nodes of the model, so that its
//! time grows with the square of their number. This one looks at the nodes of the patch alone.

use std::collections::{HashMap, HashSet};

use tract_onnx::prelude::{
    InletId, OutletId, SpecialOps, TractError, TractResult, TypedModel, TypedModelPatch, TypedNode,
};
use tract_onnx::tract_core::optim::{Optimizer, OptimizerSession, TypedPass};

/// Passes that pay nothing here: for masks of open shape, and moving axes, which changes no number
/// and no time once convolutions and fully connected layers are our own operators.
const IDLE: [&str; 4] = ["ChangeAxes", "FoldUniformMask", "PropagateRoi", "PropagateUniformTdim"];

/// Optimises a model. It changes no number.
pub(super) fn optimise(model: &mut TypedModel) -> TractResult<()> {
    run(&declutter(), model)?;
    run(&Optimizer::codegen(), model)
}

/// Computes what depends on constants alone.
pub(super) fn fold_constants(model: &mut TypedModel) -> TractResult<()> {
    run(&Optimizer::prop_consts(), model)
}

/// The engine's first passes, without those that are idle.
fn declutter() -> Optimizer {
    let mut optimizer = Optimizer::declutter();
    let is_idle = |pass: &dyn TypedPass| {
        let name = format!("{pass:?}");
        IDLE.iter().any(|idle| name.starts_with(idle))
    };
    optimizer.passes.retain(|pass| !is_idle(&**pass));
    optimizer
}

/// Runs all passes in turn, until none of them finds anything to change.
fn run(optimizer: &Optimizer, model: &mut TypedModel) -> TractResult<()> {
    compact(model)?;
    let names = names(model);
    let mut driver = Driver { session: optimizer.session(), seen: HashSet::new(), names };
    let mut passes = optimizer.passes.clone();
    let mut idle = 0;
    loop {
        for pass in &mut passes {
            idle = if driver.settle(pass.as_mut(), model)? { 1 } else { idle + 1 };
            if idle >= optimizer.passes.len() {
                return Ok(());
            }
        }
    }
}

/// Takes out what nothing reads. An optimiser without passes does it, as part of the engine, which
/// is compiled for size.
fn compact(model: &mut TypedModel) -> TractResult<()> {
    Optimizer { passes: Vec::new(), steps: None }.optimize(model)
}

fn names(model: &TypedModel) -> HashSet<String> {
    model.nodes.iter().map(|node| node.name.clone()).collect()
}

struct Driver<'a> {
    session: OptimizerSession<'a>,
    /// Marks of patches that are not to be applied twice.
    seen: HashSet<String>,
    /// Names of the model's nodes.
    names: HashSet<String>,
}

impl Driver<'_> {
    /// Runs a pass until it finds nothing more. Returns whether it found anything.
    fn settle(&mut self, pass: &mut dyn TypedPass, model: &mut TypedModel) -> TractResult<bool> {
        let mut changed = false;
        while self.sweep(pass, model)? {
            compact(model)?;
            changed = true;
        }
        Ok(changed)
    }

    /// Runs a pass once over the model.
    fn sweep(&mut self, pass: &mut dyn TypedPass, model: &mut TypedModel) -> TractResult<bool> {
        let mut changed = false;
        pass.reset()?;
        while let Some(mut patch) = pass.next(&mut self.session, model)? {
            if patch.dont_apply_twice.take().is_none_or(|mark| self.seen.insert(mark)) {
                self.apply(patch, model)?;
                changed = true;
            }
        }
        if pass.run_direct(model)? {
            compact(model)?;
            self.names = names(model);
        }
        Ok(changed)
    }

    /// Puts the nodes of a patch into the model, in place of others.
    fn apply(&mut self, patch: TypedModelPatch, model: &mut TypedModel) -> TractResult<()> {
        let TypedModelPatch { model: new, taps: mut places, shunts, obliterate, inputs, .. } =
            patch;
        let added = add(model, new.nodes, &inputs, &mut places);
        let mut shunts: Vec<_> = shunts.into_iter().collect();
        shunts.sort();
        for (outlet, by) in &shunts {
            shunt(model, *outlet, place(&places, by)?)?;
        }
        for (id, inputs) in &added {
            for (slot, input) in inputs.iter().enumerate() {
                model.add_edge(place(&places, input)?, InletId::new(*id, slot))?;
            }
        }
        for node in obliterate {
            model.node_mut(node).op = model.create_dummy();
        }
        self.clear(model, shunts.iter().map(|(outlet, _)| outlet.node).collect());
        added.iter().for_each(|(id, _)| self.name(model.node_mut(*id)));
        Ok(())
    }

    /// Removes the `unused` nodes that nothing reads, then their inputs if nothing reads those.
    fn clear(&mut self, model: &mut TypedModel, mut unused: Vec<usize>) {
        while let Some(id) = unused.pop() {
            let interface = model.outputs.iter().chain(&model.inputs);
            let is_read =
                |node: &TypedNode| node.outputs.iter().any(|outlet| !outlet.successors.is_empty());
            if interface.clone().any(|outlet| outlet.node == id) || is_read(model.node(id)) {
                continue;
            }
            let dummy = model.create_dummy();
            let node = model.node_mut(id);
            self.names.remove(&node.name);
            node.op = dummy;
            node.name = format!("Dummy-node-{id}");
            // With them go constants.
            node.outputs.clear();
            for input in std::mem::take(&mut node.inputs) {
                let outlet = model.node_mut(input.node).outputs.get_mut(input.slot);
                let successors = outlet.into_iter().map(|outlet| &mut outlet.successors);
                successors.for_each(|all| all.retain(|successor| successor.node != id));
                unused.push(input.node);
            }
        }
    }

    /// Gives a new node a unique name.
    fn name(&mut self, node: &mut TypedNode) {
        let prefix = node.name.split('#').next().unwrap_or_default().to_string();
        let others = (1..).map(|number| format!("{prefix}.{number}"));
        let free =
            std::iter::once(prefix.clone()).chain(others).find(|name| !self.names.contains(name));
        node.name = free.unwrap_or_default();
        self.names.insert(node.name.clone());
    }
}

/// Places in the model of the tensors of a patch.
type Places = HashMap<OutletId, OutletId>;

/// Adds the nodes that a patch makes, which nothing reads yet. Returns their places, each with its
/// inputs as the patch names them.
fn add(
    model: &mut TypedModel,
    nodes: Vec<TypedNode>,
    replaced_inputs: &HashMap<usize, usize>,
    places: &mut Places,
) -> Vec<(usize, Vec<OutletId>)> {
    let mut added = Vec::new();
    for mut node in nodes {
        if places.contains_key(&node.id.into()) {
            continue;
        }
        let id = model.nodes.len();
        replace_input(model, replaced_inputs.get(&node.id), id);
        let slots = 0..node.outputs.len();
        places.extend(slots.map(|slot| (OutletId::new(node.id, slot), OutletId::new(id, slot))));
        node.id = id;
        node.outputs.iter_mut().for_each(|outlet| outlet.successors.clear());
        added.push((id, std::mem::take(&mut node.inputs)));
        model.nodes.push(node);
    }
    added
}

fn place(places: &Places, outlet: &OutletId) -> TractResult<OutletId> {
    let place = places.get(outlet).copied();
    place.ok_or_else(|| TractError::msg(format!("a patch lacks its node {outlet:?}")))
}

/// Lets a new node be the input that an old one was.
fn replace_input(model: &mut TypedModel, old: Option<&usize>, new: usize) {
    let old = model.inputs.iter_mut().filter(|outlet| Some(&outlet.node) == old);
    old.for_each(|outlet| outlet.node = new);
}

/// Lets all that reads one tensor read another.
fn shunt(model: &mut TypedModel, outlet: OutletId, by: OutletId) -> TractResult<()> {
    for successor in model.outlet_successors(outlet).to_vec() {
        model.add_edge(by, successor)?;
    }
    model.outputs.iter_mut().filter(|output| **output == outlet).for_each(|output| *output = by);
    if let Some(label) = model.outlet_labels.remove(&outlet) {
        model.set_outlet_label(by, label)?;
    }
    Ok(())
}
