//! [`Monitor`] and [`Fleet`] for JavaScript.

use wasm_bindgen::prelude::*;

use super::Thrown;
use super::plain::written;
use crate::{Fleet, Monitor, MonitorOptions, Result};

/// A monitor held in WebAssembly memory until `free` is called.
#[wasm_bindgen(js_name = Monitor)]
#[derive(Debug)]
pub struct JsMonitor(Monitor);

#[wasm_bindgen(js_class = Monitor)]
impl JsMonitor {
    /// Compares with these scores.
    pub fn create(
        reference: &[f32],
        id_pass_rate: f64,
        alpha: Option<f64>,
        window: Option<usize>,
        id: Option<String>,
    ) -> Result<Self> {
        let usual = MonitorOptions::default();
        let options = MonitorOptions {
            alpha: alpha.unwrap_or(usual.alpha),
            window: window.unwrap_or(usual.window),
            id: id.unwrap_or(usual.id),
        };
        Monitor::new(reference, id_pass_rate, options).map(Self)
    }

    /// Reads a snapshot.
    #[wasm_bindgen(js_name = fromJson)]
    pub fn from_json(json: &str) -> Result<Self> {
        Monitor::from_json(json).map(Self)
    }

    /// Takes the next score; returns whether there is an alarm.
    pub fn push(&mut self, score: f32) -> Result<bool> {
        self.0.push(score)
    }

    /// `MonitorReport`.
    pub fn report(&self) -> Thrown<JsValue> {
        written(&self.0.report())
    }

    /// Writes a snapshot.
    #[wasm_bindgen(js_name = toJson)]
    pub fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// Starts over.
    pub fn reset(&mut self) {
        self.0.reset();
    }
}

/// A fleet held in WebAssembly memory until `free` is called.
#[wasm_bindgen(js_name = Fleet)]
#[derive(Debug)]
pub struct JsFleet(Fleet);

#[wasm_bindgen(js_class = Fleet)]
impl JsFleet {
    /// Reads the snapshot of a monitor or of a fleet.
    #[wasm_bindgen(js_name = fromJson)]
    pub fn from_json(json: &str) -> Result<Self> {
        Fleet::from_json(json).map(Self)
    }

    /// Adds the devices of another snapshot.
    pub fn merge(&mut self, json: &str) -> Result<()> {
        self.0.merge(Fleet::from_json(json)?)
    }

    /// `FleetReport`.
    pub fn report(&self) -> Thrown<JsValue> {
        written(&self.0.report())
    }

    /// Writes a snapshot.
    #[wasm_bindgen(js_name = toJson)]
    pub fn to_json(&self) -> String {
        self.0.to_json()
    }
}
