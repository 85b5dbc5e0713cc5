//! Nodes in the order of a file as nodes in ours: the root first, children after their parents, each reached once.

use crate::forest::Node;

/// Puts the nodes that are reached from `root` in order. `node` gives one by its number in the file, its children by theirs.
pub(super) fn assemble(
    root: i64,
    most: usize,
    node: impl Fn(i64) -> Result<Node, String>,
    child: impl Fn(i64, bool) -> i64,
) -> Result<Vec<Node>, String> {
    let mut nodes = vec![node(root)?];
    // Numbers in the file and in the list of what is still to be entered.
    let mut open = vec![(root, 0)];
    while let Some((number, place)) = open.pop() {
        let Node::Split { .. } = nodes[place] else { continue };
        if nodes.len() + 2 > most {
            return Err("its nodes do not form a tree".to_owned());
        }
        let at = nodes.len();
        let children = [child(number, true), child(number, false)];
        for (offset, number) in children.into_iter().enumerate() {
            nodes.push(node(number)?);
            open.push((number, at + offset));
        }
        if let Node::Split { left, right, .. } = &mut nodes[place] {
            (*left, *right) = (at, at + 1);
        }
    }
    Ok(nodes)
}
