//! Watches a file descriptor in the event loop of this environment.
//!
//! A `uv_poll` handle calls back on the main thread when the doorbell rings: no
//! extra thread stands between the sender and the waiting code. The handle is
//! unreferenced, so an open session alone does not keep a process alive.

use napi::bindgen_prelude::*;
use napi::{Env, JsValue, sys};
use remotemedia_channel::Doorbell;
use std::ffi::{c_char, c_int, c_void};
use std::ptr;

#[repr(C)]
struct UvHandle {
    data: *mut c_void,
}

type PollCallback = unsafe extern "C" fn(*mut UvHandle, c_int, c_int);
type CloseCallback = unsafe extern "C" fn(*mut UvHandle);

const UV_POLL: c_int = 8;
const UV_READABLE: c_int = 1;

// Node exports libuv's functions from its executable.
unsafe extern "C" {
    fn uv_handle_size(kind: c_int) -> usize;
    fn uv_poll_init(event_loop: *mut c_void, handle: *mut UvHandle, fd: c_int) -> c_int;
    fn uv_poll_start(handle: *mut UvHandle, events: c_int, callback: PollCallback) -> c_int;
    fn uv_unref(handle: *mut UvHandle);
    fn uv_close(handle: *mut UvHandle, callback: CloseCallback);
    fn uv_strerror(code: c_int) -> *const c_char;
}

/// What the callback needs. Lives until libuv has closed the handle.
struct Watch {
    env: sys::napi_env,
    context: sys::napi_async_context,
    callback: sys::napi_ref,
    receiver: sys::napi_ref,
    /// Dropped with the watch, so that its descriptor outlives the handle.
    doorbell: Doorbell,
}

/// A running watch. Closing is asynchronous in libuv: memory and descriptor are
/// freed in its close callback.
pub(crate) struct Poll {
    handle: *mut UvHandle,
}

impl Poll {
    /// Drains the doorbell and calls the JavaScript function whenever it rings.
    pub(crate) fn start(
        env: &Env,
        doorbell: Doorbell,
        callback: &Function<'_, (), ()>,
    ) -> Result<Self> {
        let fd = doorbell.fd();
        let raw_env = env.raw();
        let mut event_loop = ptr::null_mut();
        let mut callback_ref = ptr::null_mut();
        let mut receiver_ref = ptr::null_mut();
        let mut receiver = ptr::null_mut();
        let mut name = ptr::null_mut();
        let mut context = ptr::null_mut();
        // SAFETY: called on the main thread of a live environment; every out
        // pointer is a valid local.
        unsafe {
            check(sys::napi_get_uv_event_loop(raw_env, &mut event_loop))?;
            check(sys::napi_create_reference(
                raw_env,
                callback.raw(),
                1,
                &mut callback_ref,
            ))?;
            check(sys::napi_create_object(raw_env, &mut receiver))?;
            check(sys::napi_create_reference(
                raw_env,
                receiver,
                1,
                &mut receiver_ref,
            ))?;
            let label = "RemoteMediaDoorbell";
            check(sys::napi_create_string_utf8(
                raw_env,
                label.as_ptr().cast(),
                label.len() as isize,
                &mut name,
            ))?;
            check(sys::napi_async_init(raw_env, receiver, name, &mut context))?;
        }
        let watch = Box::new(Watch {
            env: raw_env,
            context,
            callback: callback_ref,
            receiver: receiver_ref,
            doorbell,
        });
        // SAFETY: the handle's memory has the size that libuv asks for and is
        // freed only in the close callback.
        unsafe {
            let handle = libc::calloc(1, uv_handle_size(UV_POLL)).cast::<UvHandle>();
            if handle.is_null() {
                return Err(Error::from_reason("no memory for a poll handle"));
            }
            let status = uv_poll_init(event_loop.cast(), handle, fd);
            if status != 0 {
                libc::free(handle.cast());
                return Err(uv_error("watch the doorbell", status));
            }
            (*handle).data = Box::into_raw(watch).cast();
            let status = uv_poll_start(handle, UV_READABLE, on_poll);
            if status != 0 {
                uv_close(handle, on_close);
                return Err(uv_error("watch the doorbell", status));
            }
            uv_unref(handle);
            Ok(Self { handle })
        }
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        // SAFETY: the handle was started and not closed before; drop runs on
        // the main thread, where the owning object lives.
        unsafe { uv_close(self.handle, on_close) };
    }
}

unsafe extern "C" fn on_poll(handle: *mut UvHandle, _status: c_int, _events: c_int) {
    // SAFETY: libuv passes the handle that `start` filled in, on the main
    // thread. Calling JavaScript may close the handle, which frees the watch
    // only in a later loop iteration.
    unsafe {
        let watch = &*(*handle).data.cast::<Watch>();
        watch.doorbell.drain();
        let env = watch.env;
        let mut scope = ptr::null_mut();
        if sys::napi_open_handle_scope(env, &mut scope) != sys::Status::napi_ok {
            return;
        }
        let mut callback = ptr::null_mut();
        let mut receiver = ptr::null_mut();
        let mut result = ptr::null_mut();
        sys::napi_get_reference_value(env, watch.callback, &mut callback);
        sys::napi_get_reference_value(env, watch.receiver, &mut receiver);
        // make_callback and not call_function: promises that the callback
        // resolves must run now, and not when something else wakes the loop.
        let status = sys::napi_make_callback(
            env,
            watch.context,
            receiver,
            callback,
            0,
            ptr::null(),
            &mut result,
        );
        if status == sys::Status::napi_pending_exception {
            let mut exception = ptr::null_mut();
            sys::napi_get_and_clear_last_exception(env, &mut exception);
            sys::napi_fatal_exception(env, exception);
        }
        sys::napi_close_handle_scope(env, scope);
    }
}

unsafe extern "C" fn on_close(handle: *mut UvHandle) {
    // SAFETY: last call for this handle; data and memory came from `start`.
    unsafe {
        let watch = Box::from_raw((*handle).data.cast::<Watch>());
        let mut scope = ptr::null_mut();
        if sys::napi_open_handle_scope(watch.env, &mut scope) == sys::Status::napi_ok {
            sys::napi_async_destroy(watch.env, watch.context);
            sys::napi_delete_reference(watch.env, watch.callback);
            sys::napi_delete_reference(watch.env, watch.receiver);
            sys::napi_close_handle_scope(watch.env, scope);
        }
        drop(watch);
        libc::free(handle.cast());
    }
}

fn check(status: sys::napi_status) -> Result<()> {
    if status == sys::Status::napi_ok {
        return Ok(());
    }
    Err(Error::from_reason(format!(
        "node-api call failed: {status}"
    )))
}

fn uv_error(what: &str, code: c_int) -> Error {
    // SAFETY: libuv returns a static or leaked string for any code.
    let text = unsafe { std::ffi::CStr::from_ptr(uv_strerror(code)) };
    Error::from_reason(format!(
        "channel.system\u{0}{what}: {}",
        text.to_string_lossy()
    ))
}
