//! JSON with infinite numbers, for which it has no notation, as the strings `Infinity` and
//! `-Infinity`.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// A value whose infinite numbers are serialized by name.
pub struct WithInfinity<T>(pub T);

impl<T: Serialize> Serialize for WithInfinity<&T>
where
    T: ?Sized,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(WithInfinity(serializer))
    }
}

/// The name of an infinite number.
fn name(value: f64) -> Option<&'static str> {
    value.is_infinite().then_some(if value > 0.0 { "Infinity" } else { "-Infinity" })
}

/// Passes values on to the serializer inside.
macro_rules! pass_on {
    ($($method:ident($value:ty)),* $(,)?) => {
        $(fn $method(self, value: $value) -> Result<S::Ok, S::Error> {
            self.0.$method(value)
        })*
    };
}

impl<S: Serializer> Serializer for WithInfinity<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = WithInfinity<S::SerializeSeq>;
    type SerializeTuple = WithInfinity<S::SerializeTuple>;
    type SerializeTupleStruct = WithInfinity<S::SerializeTupleStruct>;
    type SerializeTupleVariant = WithInfinity<S::SerializeTupleVariant>;
    type SerializeMap = WithInfinity<S::SerializeMap>;
    type SerializeStruct = WithInfinity<S::SerializeStruct>;
    type SerializeStructVariant = WithInfinity<S::SerializeStructVariant>;

    pass_on!(
        serialize_bool(bool),
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_char(char),
        serialize_str(&str),
        serialize_bytes(&[u8]),
        serialize_unit_struct(&'static str),
    );

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        match name(value.into()) {
            Some(name) => self.0.serialize_str(name),
            None => self.0.serialize_f32(value),
        }
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        match name(value) {
            Some(name) => self.0.serialize_str(name),
            None => self.0.serialize_f64(value),
        }
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&WithInfinity(value))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &WithInfinity(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_variant(name, index, variant, &WithInfinity(value))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.0.serialize_seq(length).map(WithInfinity)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.0.serialize_tuple(length).map(WithInfinity)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.0.serialize_tuple_struct(name, length).map(WithInfinity)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.0.serialize_tuple_variant(name, index, variant, length).map(WithInfinity)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.0.serialize_map(length).map(WithInfinity)
    }

    fn serialize_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        self.0.serialize_struct(name, length).map(WithInfinity)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.0.serialize_struct_variant(name, index, variant, length).map(WithInfinity)
    }
}

/// Passes on the parts of a value that has several.
macro_rules! pass_on_parts {
    ($($trait:ident: $method:ident($($key:ident)?)),* $(,)?) => {
        $(impl<S: $trait> $trait for WithInfinity<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Result<(), S::Error> {
                self.0.$method($($key,)? &WithInfinity(value))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        })*
    };
}

pass_on_parts!(
    SerializeSeq: serialize_element(),
    SerializeTuple: serialize_element(),
    SerializeTupleStruct: serialize_field(),
    SerializeTupleVariant: serialize_field(),
    SerializeStruct: serialize_field(key),
    SerializeStructVariant: serialize_field(key),
);

impl<S: SerializeMap> SerializeMap for WithInfinity<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        self.0.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.0.serialize_value(&WithInfinity(value))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infinite_numbers_have_names_and_everything_else_stays() {
        #[derive(serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Report {
            threshold: f32,
            class_thresholds: Option<Vec<f32>>,
            react: Option<f64>,
            pair: (f64, f32),
            name: &'static str,
        }
        #[derive(serde::Serialize)]
        struct Named {
            id: u8,
            #[serde(flatten)]
            report: Report,
        }
        let report = |threshold, class_thresholds| Report {
            threshold,
            class_thresholds,
            react: None,
            pair: (f64::NEG_INFINITY, 0.1),
            name: "\"threshold\":null",
        };
        let json = |value: &Vec<Named>| serde_json::to_string(&WithInfinity(value)).unwrap();
        let named = |report| vec![Named { id: 7, report }];
        assert_eq!(
            json(&named(report(f32::INFINITY, Some(vec![1.5, f32::INFINITY])))),
            r#"[{"id":7,"threshold":"Infinity","classThresholds":[1.5,"Infinity"],"react":null,"#
                .to_string()
                + r#""pair":["-Infinity",0.1],"name":"\"threshold\":null"}]"#
        );
        assert_eq!(
            json(&named(report(2.5, None))),
            r#"[{"id":7,"threshold":2.5,"classThresholds":null,"react":null,"#.to_string()
                + r#""pair":["-Infinity",0.1],"name":"\"threshold\":null"}]"#
        );
    }
}
