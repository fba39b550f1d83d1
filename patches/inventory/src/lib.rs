//! The part of the crate `inventory` that the inference engine calls: values that modules submit
//! before `main`, gathered by type. `[patch]` in Cargo.toml puts it in the place of the crate, to
//! leave one type out: transformations of models by name. Nothing here looks one up, but what is
//! submitted is linked, and through them the engine's whole reader and writer of NNEF files.

#![forbid(unsafe_code)]

use std::sync::{Mutex, PoisonError};

/// A type whose values are gathered.
pub trait Collect: Sync + Sized + 'static {
    /// Whether they are kept. Where not, the linker drops what they refer to.
    const IS_KEPT: bool;

    /// Those submitted so far.
    fn registry() -> &'static Registry<Self>;
}

/// The values of one type, in the order in which they were submitted.
#[derive(Debug)]
pub struct Registry<T: 'static>(Mutex<Vec<&'static T>>);

impl<T: 'static> Registry<T> {
    /// An empty one.
    #[expect(clippy::new_without_default, reason = "it is made in constants")]
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// The last submitted first.
    fn values(&self) -> Vec<&'static T> {
        let values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        values.iter().rev().copied().collect()
    }

    /// Adds a value. WebAssembly may run the constructors again at each call from outside.
    fn submit(&self, value: &'static T) {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !values.iter().any(|&other| std::ptr::eq(other, value)) {
            values.push(value);
        }
    }
}

/// A value of a gathered type.
pub trait Submit: Sync {
    /// Adds it to the values of its type.
    fn submit(&'static self);
}

impl<T: Collect> Submit for T {
    #[inline(always)]
    fn submit(&'static self) {
        if T::IS_KEPT {
            T::registry().submit(self);
        }
    }
}

mod iterator {
    use std::convert::Infallible;
    use std::marker::PhantomData;

    /// All submitted values of a type: `iter::<T>`, which can also be called.
    #[expect(non_camel_case_types, reason = "it stands for a function")]
    #[derive(Debug)]
    pub enum iter<T> {
        #[doc(hidden)]
        Typed(PhantomData<T>, Infallible),
        #[doc(hidden)]
        iter,
    }
}

mod value {
    pub use super::iterator::iter::iter;
}

pub use self::iterator::iter;
// The variant, in the place of a value: the type of the same name is the one above.
#[doc(hidden)]
pub use self::value::*;

/// Values of one type.
pub type Values<T> = std::vec::IntoIter<&'static T>;

fn values<T: Collect>() -> Values<T> {
    T::registry().values().into_iter()
}

impl<T: Collect> IntoIterator for iter<T> {
    type Item = &'static T;
    type IntoIter = Values<T>;

    fn into_iter(self) -> Values<T> {
        values()
    }
}

impl<T: Collect> std::ops::Deref for iter<T> {
    type Target = fn() -> Values<T>;

    fn deref(&self) -> &Self::Target {
        &(values as fn() -> Values<T>)
    }
}

/// Has the values of a type gathered, where anything needs them.
#[macro_export]
macro_rules! collect {
    (ModelTransformFactory) => {
        $crate::collect! { ModelTransformFactory, false }
    };
    ($type:ty) => {
        $crate::collect! { $type, true }
    };
    ($type:ty, $is_kept:literal) => {
        impl $crate::Collect for $type {
            const IS_KEPT: bool = $is_kept;

            fn registry() -> &'static $crate::Registry<Self> {
                static REGISTRY: $crate::Registry<$type> = $crate::Registry::new();
                &REGISTRY
            }
        }
    };
}

/// Submits a constant value of a gathered type.
#[macro_export]
macro_rules! submit {
    ($($value:tt)*) => {
        const _: () = {
            static VALUE: &dyn $crate::Submit = &{ $($value)* };

            extern "C" fn submit() {
                $crate::Submit::submit(VALUE);
            }

            #[used]
            #[cfg_attr(
                any(target_family = "wasm", target_os = "linux"),
                link_section = ".init_array"
            )]
            #[cfg_attr(target_vendor = "apple", link_section = "__DATA,__mod_init_func")]
            #[cfg_attr(windows, link_section = ".CRT$XCU")]
            static SUBMIT: extern "C" fn() = submit;
        };
    };
}
