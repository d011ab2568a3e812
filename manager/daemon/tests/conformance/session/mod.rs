//! Sessions: what every one keeps to (`every`), what those with a real shell keep to (`shell`), and what SSH alone has (`ssh`).

mod every;
mod fake;
mod shell;
mod ssh;

/// Makes a test of each function of a suite, on one rig; ignored when it needs something.
macro_rules! on_rig {
    ($name:ident, $rig:expr, $suite:ident: $($test:ident),+ $(,)?) => {
        mod $name {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    let rig = $rig;
                    super::$suite::$test(&rig).await;
                    rig.clean().await;
                }
            )+
        }
    };
    ($needs:literal, $name:ident, $rig:expr, $suite:ident: $($test:ident),+ $(,)?) => {
        mod $name {
            $(
                #[tokio::test(flavor = "multi_thread")]
                #[ignore = $needs]
                async fn $test() {
                    let rig = $rig;
                    super::$suite::$test(&rig).await;
                    rig.clean().await;
                }
            )+
        }
    };
}

macro_rules! every_suite {
    ($($head:tt)+) => {
        on_rig!($($head)+, every:
            a_status_is_an_answer, output_is_bounded, files_come_back_as_they_were, a_missing_file_is_none,
            a_long_file_is_too_much, a_full_disk_is_told, no_socket_is_told, lines_come_in_order);
    };
}

macro_rules! shell_suite {
    ($($head:tt)+) => {
        on_rig!($($head)+, shell:
            time_is_limited, nasty_arguments_arrive, input_is_read, unread_input_is_no_fault, much_output_arrives,
            a_hundred_at_once, signals_are_told, an_unknown_program_is_127, both_streams_are_told_apart,
            a_program_ends_with_its_limit, a_program_ends_with_its_future, what_stays_behind_holds_nothing_up,
            a_slow_reader_gets_fewer_lines, modes_and_folders_are_made, a_folder_is_not_overwritten,
            a_large_file_arrives, sockets_can_be_spoken_to);
    };
}

every_suite!(on_fake, crate::conformance::session::fake::rig().await);
every_suite!(
    "needs root: mounts a small file system",
    on_this_machine,
    crate::conformance::local::rig().await
);
shell_suite!(
    "needs root or sudo",
    shell_on_this_machine,
    crate::conformance::local::rig().await
);
every_suite!(
    "needs root and OpenSSH's server",
    on_sshd,
    crate::conformance::sshd::rig().await
);
shell_suite!(
    "needs root and OpenSSH's server",
    shell_on_sshd,
    crate::conformance::sshd::rig().await
);
every_suite!(
    "needs a test node: HEARTH_TEST_NODE",
    on_node_as_root,
    crate::conformance::rig::node("root").await
);
shell_suite!(
    "needs a test node: HEARTH_TEST_NODE",
    shell_on_node_as_root,
    crate::conformance::rig::node("root").await
);
every_suite!(
    "needs a test node: HEARTH_TEST_NODE",
    on_node_with_sudo,
    crate::conformance::rig::node("ada").await
);
shell_suite!(
    "needs a test node: HEARTH_TEST_NODE",
    shell_on_node_with_sudo,
    crate::conformance::rig::node("ada").await
);
