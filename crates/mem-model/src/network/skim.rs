//! Whether a file may be unpacked at all: lengths that the file has, and no graphs inside graphs, before anything is taken apart.
//!
//! Source: the encoding of Protocol Buffers, and the fields of `onnx.proto`.

use super::NetworkError;

/// Fields that are followed: of a model, of a graph, of a node, of a value, of its type.
const MODEL_GRAPH: u64 = 7;
const GRAPH_NODE: u64 = 1;
const GRAPH_VALUES: [u64; 3] = [11, 12, 13];
const NODE_ATTRIBUTE: u64 = 5;
const ATTRIBUTE_GRAPHS: [u64; 2] = [6, 11];
const VALUE_TYPE: u64 = 2;
/// A type of anything but a tensor.
const TYPE_OTHERS: [u64; 4] = [4, 5, 8, 9];
/// What such a type is made of; a map inside a sequence is what scikit-learn's classifiers answer.
const TYPE_ELEMENT: [u64; 2] = [1, 2];

/// How deep types may hold types.
const TYPES_MAX: usize = 4;

/// Looks through a file.
pub(super) fn skim(file: &[u8]) -> Result<(), NetworkError> {
    each(file, |field, graph| if field == MODEL_GRAPH { each(graph, part_of_graph) } else { Ok(()) })
}

fn part_of_graph(field: u64, part: &[u8]) -> Result<(), NetworkError> {
    match field {
        GRAPH_NODE => {
            each(part, |field, attribute| if field == NODE_ATTRIBUTE { each(attribute, inside) } else { Ok(()) })
        }
        _ if GRAPH_VALUES.contains(&field) => {
            each(part, |field, kind| if field == VALUE_TYPE { of(kind, 0) } else { Ok(()) })
        }
        _ => Ok(()),
    }
}

fn inside(field: u64, _: &[u8]) -> Result<(), NetworkError> {
    if ATTRIBUTE_GRAPHS.contains(&field) {
        return Err(NetworkError::Unsupported("it holds a graph inside a node (a loop or a choice)".to_owned()));
    }
    Ok(())
}

fn of(kind: &[u8], depth: usize) -> Result<(), NetworkError> {
    each(kind, |field, other| {
        if !TYPE_OTHERS.contains(&field) {
            return Ok(());
        }
        if depth == TYPES_MAX {
            return Err(NetworkError::Unsupported("the type of a value holds too many others".to_owned()));
        }
        each(other, |field, element| if TYPE_ELEMENT.contains(&field) { of(element, depth + 1) } else { Ok(()) })
    })
}

/// Hands each field of a message that has a length to `see`.
fn each(mut message: &[u8], mut see: impl FnMut(u64, &[u8]) -> Result<(), NetworkError>) -> Result<(), NetworkError> {
    let cut = || NetworkError::NoModel("it ends in the middle, or is something else".to_owned());
    while !message.is_empty() {
        let key = number(&mut message).ok_or_else(cut)?;
        let length = match key & 7 {
            0 => {
                number(&mut message).ok_or_else(cut)?;
                continue;
            }
            1 => 8,
            2 => number(&mut message).ok_or_else(cut)?,
            5 => 4,
            _ => return Err(cut()),
        };
        let length = usize::try_from(length).ok().filter(|length| *length <= message.len()).ok_or_else(cut)?;
        let (field, rest) = message.split_at(length);
        if key & 7 == 2 {
            see(key >> 3, field)?;
        }
        message = rest;
    }
    Ok(())
}

/// A number of up to ten groups of seven bits, the lowest first.
fn number(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for place in 0..10 {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 127).checked_shl(7 * place)?;
        if byte & 128 == 0 {
            return Some(value);
        }
    }
    None
}
