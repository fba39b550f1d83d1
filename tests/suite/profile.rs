//! What each operator of a model takes.

use she_ood::{Error, Model, ModelOptions, Tensor};

use crate::fixtures::MLP;

fn mlp() -> Model {
    Model::load(MLP, &ModelOptions::default()).unwrap()
}

#[test]
fn multiplications_are_those_of_the_weights() {
    let input = Tensor::new([28, 28, 1], vec![0.5; 784]).unwrap();
    let costs = mlp().profile(&input).unwrap();
    let multiplications: u64 = costs.iter().map(|cost| cost.multiplications).sum();
    assert_eq!(multiplications, 784 * 300 + 300 * 150 + 150 * 10);
    assert!(costs.iter().map(|cost| cost.bytes).sum::<u64>() > 4 * multiplications);
    assert!(costs.iter().map(|cost| cost.seconds).sum::<f64>() > 0.0);
}

#[test]
fn an_input_of_another_shape_is_refused() {
    let error = mlp().profile(&Tensor::new([784], vec![0.5; 784]).unwrap()).unwrap_err();
    let expected = Error::InputShape { given: vec![784], expected: vec![28, 28, 1] };
    assert_eq!(error, expected);
}
